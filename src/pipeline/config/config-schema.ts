/** The settings that DVC knows. A file with any other makes each of its commands fail, so ours do too. */

/**
 * What an option holds: `count` is an integer from 1 up, `seconds` a number from 0 up; a list
 * names the choices. `never` marks the options whose check in DVC no text can pass.
 */
export type OptionKind =
  | 'text'
  | 'lower'
  | 'boolean'
  | 'integer'
  | 'count'
  | 'percent'
  | 'number'
  | 'seconds'
  | 'link-types'
  | 'never'
  | readonly string[]

/** Kinds by name of option. */
export type OptionKinds = Readonly<Record<string, OptionKind>>

const linkTypes = ['reflink', 'hardlink', 'symlink', 'copy']

const remoteCommon: OptionKinds = {
  url: 'text',
  checksum_jobs: 'count',
  jobs: 'count',
  worktree: 'boolean',
  no_traverse: 'boolean',
  version_aware: 'boolean',
}

const localCommon: OptionKinds = {
  type: 'link-types',
  protected: 'boolean',
  shared: ['group'],
  slow_link_warning: 'boolean',
  verify: 'boolean',
}

const http: OptionKinds = {
  ...remoteCommon,
  auth: ['basic', 'digest', 'custom'],
  custom_auth_header: 'text',
  user: 'text',
  password: 'text',
  ask_password: 'boolean',
  ssl_verify: 'text',
  method: 'text',
  connect_timeout: 'seconds',
  read_timeout: 'seconds',
  verify: 'boolean',
}

const webdav: OptionKinds = {
  ...remoteCommon,
  user: 'text',
  password: 'text',
  ask_password: 'boolean',
  token: 'text',
  bearer_token_command: 'text',
  custom_auth_header: 'text',
  cert_path: 'text',
  key_path: 'text',
  timeout: 'integer',
  ssl_verify: 'text',
  verify: 'boolean',
}

/** Options of a remote by the scheme of its URL; the empty one is a local folder. */
export const remoteKinds: Readonly<Record<string, OptionKinds>> = {
  '': { ...localCommon, ...remoteCommon },
  s3: {
    ...remoteCommon,
    region: 'text',
    profile: 'text',
    credentialpath: 'text',
    configpath: 'text',
    endpointurl: 'text',
    access_key_id: 'text',
    secret_access_key: 'text',
    session_token: 'text',
    listobjects: 'boolean',
    use_ssl: 'boolean',
    allow_anonymous_login: 'boolean',
    ssl_verify: 'text',
    sse: 'text',
    sse_kms_key_id: 'text',
    sse_customer_algorithm: 'text',
    sse_customer_key: 'text',
    acl: 'text',
    grant_read: 'text',
    grant_read_acp: 'text',
    grant_write_acp: 'text',
    grant_full_control: 'text',
    cache_regions: 'never',
    read_timeout: 'integer',
    connect_timeout: 'integer',
    verify: 'boolean',
  },
  gs: {
    ...remoteCommon,
    projectname: 'text',
    credentialpath: 'text',
    endpointurl: 'text',
    verify: 'boolean',
    allow_anonymous_login: 'boolean',
  },
  ssh: {
    ...remoteCommon,
    type: 'link-types',
    port: 'integer',
    user: 'text',
    password: 'text',
    ask_password: 'boolean',
    passphrase: 'text',
    ask_passphrase: 'boolean',
    keyfile: 'text',
    timeout: 'integer',
    gss_auth: 'boolean',
    allow_agent: 'boolean',
    max_sessions: 'integer',
    verify: 'boolean',
  },
  hdfs: { ...remoteCommon, user: 'text', kerb_ticket: 'text', replication: 'never' },
  webhdfs: {
    ...remoteCommon,
    kerberos: 'boolean',
    kerberos_principal: 'text',
    proxy_to: 'text',
    ssl_verify: 'text',
    token: 'text',
    use_https: 'boolean',
    user: 'text',
    password: 'text',
    data_proxy_target: 'text',
    verify: 'boolean',
  },
  azure: {
    ...remoteCommon,
    connection_string: 'text',
    sas_token: 'text',
    account_name: 'text',
    account_key: 'text',
    tenant_id: 'text',
    client_id: 'text',
    client_secret: 'text',
    allow_anonymous_login: 'boolean',
    exclude_environment_credential: 'boolean',
    exclude_visual_studio_code_credential: 'boolean',
    exclude_shared_token_cache_credential: 'boolean',
    exclude_managed_identity_credential: 'boolean',
    verify: 'boolean',
    timeout: 'integer',
    read_timeout: 'integer',
    connection_timeout: 'integer',
  },
  oss: {
    ...remoteCommon,
    oss_key_id: 'text',
    oss_key_secret: 'text',
    oss_endpoint: 'text',
    verify: 'boolean',
  },
  gdrive: {
    ...remoteCommon,
    profile: 'text',
    gdrive_use_service_account: 'boolean',
    gdrive_client_id: 'text',
    gdrive_client_secret: 'text',
    gdrive_user_credentials_file: 'text',
    gdrive_service_account_user_email: 'text',
    gdrive_service_account_json_file_path: 'text',
    gdrive_trash_only: 'boolean',
    gdrive_acknowledge_abuse: 'boolean',
    verify: 'boolean',
  },
  http,
  https: http,
  webdav,
  webdavs: webdav,
}

/** Options of each plain section, in the order in which DVC writes new sections. */
export const sectionKinds: Readonly<Record<string, OptionKinds>> = {
  core: {
    remote: 'lower',
    checksum_jobs: 'count',
    interactive: 'boolean',
    analytics: 'boolean',
    hardlink_lock: 'boolean',
    no_scm: 'boolean',
    autostage: 'boolean',
    experiments: 'boolean',
    check_update: 'boolean',
    site_cache_dir: 'text',
    machine: 'lower',
  },
  cache: {
    ...localCommon,
    local: 'text',
    s3: 'text',
    gs: 'text',
    hdfs: 'text',
    webhdfs: 'text',
    ssh: 'text',
    azure: 'text',
    dir: 'text',
  },
  state: { dir: 'text', row_limit: 'count', row_cleanup_quota: 'percent' },
  index: { dir: 'text' },
  // DVC lets anything stand here.
  feature: { machine: 'boolean' },
  plots: { html_template: 'text', auto_open: 'boolean', out_dir: 'text' },
  exp: {
    code: 'text',
    data: 'text',
    models: 'text',
    metrics: 'text',
    params: 'text',
    plots: 'text',
    live: 'text',
    auto_push: 'boolean',
    git_remote: 'text',
  },
  parsing: { bool: ['store_true', 'boolean_optional'], list: ['nargs', 'append'] },
  hydra: {
    enabled: 'boolean',
    config_dir: 'text',
    config_module: 'text',
    config_name: 'text',
    plugins_path: 'text',
  },
  studio: { token: 'text', url: 'text', repo_url: 'text', offline: 'boolean' },
}

/** Options of a `machine`, a feature that DVC dropped but whose settings it still accepts. */
export const machineKinds: OptionKinds = {
  cloud: ['aws', 'azure'],
  region: ['us-west', 'us-east', 'eu-west', 'eu-north'],
  image: 'text',
  spot: 'boolean',
  spot_price: 'number',
  instance_hdd_size: 'integer',
  instance_type: 'lower',
  instance_gpu: 'lower',
  ssh_private: 'text',
  startup_script: 'text',
  setup_script: 'text',
}

/** Options of a `db`. */
export const dbKinds: OptionKinds = { url: 'text', username: 'text', password: 'text' }

/** A checked text, or what was expected instead. */
export type CheckedText = { readonly text: string } | { readonly expected: string }

/** Checks a text against the kind of its option; case and signs come out in one form. */
export function checkOptionText(text: string, kind: OptionKind): CheckedText {
  if (typeof kind !== 'string') return checkChoice(text.toLowerCase(), kind)
  switch (kind) {
    case 'text':
      return { text }
    case 'lower':
      return { text: text.toLowerCase() }
    case 'boolean':
      return checkChoice(text.toLowerCase(), ['true', 'false'])
    case 'integer':
    case 'count':
    case 'percent':
      return checkInteger(text, kind)
    case 'number':
    case 'seconds':
      return checkNumber(text, kind)
    case 'link-types':
      return checkLinkTypes(text)
    case 'never':
      return { expected: 'nothing: DVC refuses every value of it' }
  }
}

function checkChoice(text: string, choices: readonly string[]): CheckedText {
  if (choices.includes(text)) return { text }
  return { expected: choices.length === 1 ? `'${choices[0]}'` : choices.join(' or ') }
}

function checkLinkTypes(text: string): CheckedText {
  const types = text.split(',').map((type) => type.trim())
  if (types.every((type) => linkTypes.includes(type))) return { text: types.join(',') }
  return { expected: `a list of ${linkTypes.join(', ')}` }
}

const integerRanges = {
  integer: { least: -Infinity, most: Infinity, expected: 'an integer' },
  count: { least: 1, most: Infinity, expected: 'an integer from 1 up' },
  percent: { least: 0, most: 100, expected: 'an integer from 0 to 100' },
}

function checkInteger(text: string, kind: keyof typeof integerRanges): CheckedText {
  const { least, most, expected } = integerRanges[kind]
  if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) return { expected }
  const value = Number(text.replaceAll('_', ''))
  return value >= least && value <= most ? { text: String(value) } : { expected }
}

function checkNumber(text: string, kind: 'number' | 'seconds'): CheckedText {
  const expected = kind === 'number' ? 'a number' : 'a number from 0 up'
  if (!/^\s*[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)) return { expected }
  const value = Number(text.replaceAll('_', ''))
  return value >= (kind === 'number' ? -Infinity : 0) ? { text: String(value) } : { expected }
}
