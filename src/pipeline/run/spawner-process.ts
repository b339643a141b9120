/**
 * A small process that starts the commands of a run with many of them. Forking the engine takes longer than
 * many a command: all that it has in memory is marked as shared, and copied again as it is written to. As
 * the watchdog does for others, it kills what it has started when the pipe from the engine closes.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../../core/errors.ts'
import { drainMs, graceMs, killGroup, type Exit } from './group-process.ts'

/** A command to start, in a process group of its own. */
export interface SpawnRequest {
  /** Program and arguments. */
  readonly words: readonly string[]
  readonly workingFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal | undefined
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
}

/** Starts commands. Disposing it waits for its process, so that its time counts as the engine's. */
export interface Spawner extends AsyncDisposable {
  /**
   * How the command ended, once its output is complete or 200 ms later; what it leaves running in its
   * group is killed. `undefined` when the engine has to start it itself: one of the first, or without perl.
   *
   * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when the process was killed meanwhile; its commands are, too
   */
  run(request: SpawnRequest): Promise<Exit> | undefined
}

/** Perl, which is nearly everywhere, forks, waits and selects; no shell can tell an exit code from a signal. */
const program = '/usr/bin/perl'

/**
 * Requests: length, then `id \0 folder \0 count \0 words… \0 variables…`; or only `id`, which is forgotten.
 * Answers: id, kind, length, then bytes; the kinds are in {@link Kind}. The clock is the engine's. The wait
 * has an end because a child may end just before it begins.
 */
const script = String.raw`
use strict;
$SIG{$_} = 'IGNORE' for qw(HUP INT QUIT TERM PIPE);
$SIG{CHLD} = sub { };
my (%jobs, %pipes, $input);
sub answer {
  my ($id, $kind, $data) = @_;
  my $frame = pack('NCN', $id, $kind, length $data) . $data;
  while (length $frame) {
    my $count = syswrite STDOUT, $frame;
    if (defined $count) { substr($frame, 0, $count) = '' } elsif ($! != 4) { return }
  }
}
sub begin {
  my ($id, $folder, $count, @rest) = @_;
  my @words = splice @rest, 0, $count;
  pipe(my $out, my $outEnd) && pipe(my $err, my $errEnd) or return answer($id, 5, "$!");
  my $pid = fork;
  return answer($id, 5, "$!") if !defined $pid;
  if ($pid == 0) {
    setpgrp 0, 0;
    $SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM PIPE CHLD);
    open STDIN, '<', '/dev/null';
    open STDOUT, '>&', $outEnd;
    open STDERR, '>&', $errEnd;
    %ENV = map { split /=/, $_, 2 } @rest;
    if (chdir $folder) { exec { $words[0] } @words }
    syswrite STDERR, "$words[0]: $!\n";
    exit 127;
  }
  setpgrp $pid, $pid;
  $jobs{$id} = { pid => $pid, pipes => 2 };
  $pipes{fileno $out} = [$out, $id, 1];
  $pipes{fileno $err} = [$err, $id, 2];
  answer($id, 0, $pid);
}
sub forget {
  my ($id) = @_;
  delete $jobs{$id};
  for my $key (keys %pipes) { delete $pipes{$key} if $pipes{$key}[1] == $id }
}
sub relay {
  my ($key) = @_;
  my ($pipe, $id, $kind) = @{$pipes{$key}};
  my $count = sysread $pipe, my $data, 65536;
  return if !defined $count;
  return answer($id, $kind, $data) if $count > 0;
  delete $pipes{$key};
  answer($id, 4, '') if --$jobs{$id}{pipes} == 0;
}
answer(0, 6, '');
for (;;) {
  while ((my $pid = waitpid -1, 1) > 0) {
    for my $id (keys %jobs) {
      if ($jobs{$id}{pid} == $pid) { $jobs{$id}{ended} = 1; answer($id, 3, $?) }
    }
  }
  my $isEnding = grep { !$_->{ended} && $_->{pipes} == 0 } values %jobs;
  my $wanted = '';
  vec($wanted, $_, 1) = 1 for 0, keys %pipes;
  my $found = select $wanted, undef, undef, $isEnding ? 0.02 : %jobs ? 0.2 : undef;
  next if $found <= 0;
  for my $key (keys %pipes) { relay($key) if vec $wanted, $key, 1 }
  next if !vec $wanted, 0, 1;
  my $count = sysread STDIN, $input, 65536, length $input;
  next if !defined $count;
  last if $count == 0;
  while (length $input >= 4 && length $input >= 4 + unpack 'N', $input) {
    my @fields = split /\0/, substr($input, 4, unpack 'N', $input), -1;
    substr($input, 0, 4 + unpack 'N', $input) = '';
    @fields > 1 ? begin(@fields) : forget(@fields);
  }
}
kill 'KILL', -$_->{pid} for values %jobs;
`

type Kind = 'started' | 'stdout' | 'stderr' | 'ended' | 'closed' | 'refused' | 'ready'

const kinds: readonly Kind[] = [
  'started',
  'stdout',
  'stderr',
  'ended',
  'closed',
  'refused',
  'ready',
]

/** One answer of the process. */
interface Answer {
  readonly id: number
  readonly kind: Kind
  readonly data: Buffer
}

/** What one command hears. */
type Listener = (kind: Kind | 'lost', data: Buffer) => void

/** From this many commands on the process pays for its start. */
const fewCommands = 8
/** The system takes a quarter of a stack of 8 MB for words and variables; a longer one the engine refuses in words. */
const longRequest = 1 << 17

/** @param after - how many commands the engine starts itself before */
export function openSpawner(after = fewCommands): Spawner {
  const listeners = new Map<number, Listener>()
  let count = 0
  let child: ChildProcess | undefined
  let isReady = false
  const lose = (): void => {
    isReady = false
    for (const listener of listeners.values()) listener('lost', Buffer.alloc(0))
    listeners.clear()
  }
  const begin = (): ChildProcess => {
    const started = spawn(program, ['-e', script, 'mlpt-spawner'], {
      cwd: '/',
      // In a session of its own, so that Ctrl-C in the terminal does not reach it.
      detached: true,
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    started.on('error', lose)
    started.on('close', lose)
    started.stdin.on('error', () => undefined)
    started.stdout.on(
      'data',
      createReader(({ id, kind, data }) => {
        if (kind === 'ready') isReady = true
        else listeners.get(id)?.(kind, data)
      }),
    )
    return started
  }
  return {
    run: (request) => {
      if (count++ < after) return undefined
      child ??= existsSync(program) ? begin() : undefined
      const { stdin } = child ?? {}
      const id = count
      const message = formatRequest(id, request)
      if (!isReady || !stdin || message === undefined) return undefined
      return follow(request, {
        start: (listener) => {
          listeners.set(id, listener)
          stdin.write(message)
        },
        forget: () => {
          listeners.delete(id)
          stdin.write(frame(String(id)))
        },
      })
    },
    [Symbol.asyncDispose]: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child?.on('close', resolve))
      child.stdin?.end()
      await ended
    },
  }
}

function frame(text: string): Buffer {
  const bytes = Buffer.from(text)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  return Buffer.concat([head, bytes])
}

/** `undefined` for what cannot be said, or is better refused by the engine. */
function formatRequest(id: number, request: SpawnRequest): Buffer | undefined {
  const { words, workingFolder, environment } = request
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  const fields = [String(id), workingFolder, String(words.length), ...words, ...variables]
  if (fields.some((field) => field.includes('\0')) || !existsSync(workingFolder)) return undefined
  const message = frame(fields.join('\0'))
  return message.length > longRequest ? undefined : message
}

const headBytes = 9

/** Puts answers together from pieces of any length. */
function createReader(take: (answer: Answer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (piece) => {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (bytes.length >= headBytes) {
      const end = headBytes + bytes.readUInt32BE(5)
      if (bytes.length < end) break
      const kind = kinds[bytes.readUInt8(4)]
      if (kind !== undefined)
        take({ id: bytes.readUInt32BE(0), kind, data: bytes.subarray(headBytes, end) })
      bytes = bytes.subarray(end)
    }
    rest = bytes
  }
}

interface Line {
  readonly start: (listener: Listener) => void
  readonly forget: () => void
}

/** Follows one command from its start to its end. */
async function follow({ signal, onOutput }: SpawnRequest, { start, forget }: Line): Promise<Exit> {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  const exited = Promise.withResolvers<Exit>()
  const closed = Promise.withResolvers<void>()
  let group: number | undefined
  let killTimer: NodeJS.Timeout | undefined
  const stop = (): void => {
    const running = group
    if (running === undefined) return
    killGroup(running, 'SIGTERM')
    killTimer = setTimeout(() => killGroup(running, 'SIGKILL'), graceMs)
  }
  start((kind, data) => {
    if (kind === 'stdout' || kind === 'stderr') {
      const text = decoders[kind].write(data)
      if (text !== '') onOutput(kind, text)
    } else if (kind === 'started') {
      group = Number(data)
      if (signal?.aborted === true) stop()
    } else if (kind === 'ended') exited.resolve(parseStatus(Number(data)))
    else if (kind === 'closed') closed.resolve()
    else exited.reject(lostError(kind === 'refused' ? String(data) : undefined))
  })
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const exit = await exited.promise
    await Promise.race([closed.promise, sleep(drainMs)])
    return exit
  } finally {
    signal?.removeEventListener('abort', stop)
    clearTimeout(killTimer)
    if (group !== undefined) killGroup(group, 'SIGKILL')
    forget()
  }
}

/** As `wait` has it: the code in the second byte, the signal in the lowest seven bits. */
function parseStatus(status: number): Exit {
  const signal = status & 0x7f
  if (signal === 0) return [status >> 8, null]
  const found = Object.entries(constants.signals).find(([, number]) => number === signal)
  // The system's own names are those of the type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return [null, (found?.[0] ?? 'SIGKILL') as NodeJS.Signals]
}

function lostError(reason: string | undefined): ToolkitError {
  const why = reason ?? 'the process that starts commands was killed'
  return new ToolkitError('PIPELINE_STAGE_FAILED', `cannot run a command: ${why}`, {
    hint: 'run again; see how many processes this user may have: ulimit -u',
  })
}
