/** Odd but telling pieces of parameter files and pipelines, for the comparison with dvc. */

/** Pieces stand apart by ¦ or a line end; ⏎ ⇥ ␍ ␇ ␂ ␠ ´ § ∅ stand for what cannot be written here. */
function lines(text: string): readonly string[] {
  const pieces = text.trim().split(/ ¦ |\n/)
  return pieces.map((piece) => piece.replaceAll(/[⏎⇥␍␇␂␠´§∅]/g, (mark) => marks[mark] ?? ''))
}

const marks: Readonly<Record<string, string>> = {
  '⏎': '\n',
  '⇥': '\t',
  '␍': '\r',
  '␇': '\u0007',
  '␂': '\u{feff}',
  '␠': ' ',
  '´': '`',
  '§': '$',
}

export const keyWords = lines(String.raw`
a ¦ b ¦ c ¦ d ¦ 0 ¦ 1 ¦ -1 ¦ A ¦ x ¦ K ¦ a ¦ b ¦ * ¦ a* ¦ ? ¦ [ab] ¦ [!a] ¦ ** ¦ true
∅ ¦ 1.5 ¦ a b ¦ +1 ¦ k[0] ¦ [z-a] ¦ 1_0
`)

export const yamlKeys = lines(String.raw`
a ¦ b ¦ c ¦ d ¦ 0 ¦ 1 ¦ 1.0 ¦ true ¦ null ¦ '' ¦ 'a' ¦ "1" ¦ a b ¦ = ¦ ~ ¦ é ¦ 0x1
k.l ¦ -1 ¦ ? e
`)

export const yamlScalars = lines(String.raw`
0b101 ¦ 1_000 ¦ 1__0 ¦ 1_ ¦ +0x1f ¦ 1_0.5 ¦ 1.0_1 ¦ .5e3 ¦ .5e+3 ¦ 2020-01-01 ¦ =
<< ¦ 017 ¦ 08 ¦ 0o17 ¦ 0O17 ¦ 0X1F ¦ yes ¦ no ¦ on ¦ off ¦ y ¦ n ¦ 1:30 ¦ 1e400 ¦ -1e400
~ ¦ null ¦ Null ¦ NULL ¦ nULL ¦ True ¦ TRUE ¦ tRue ¦ false ¦ .inf ¦ -.INF ¦ +.Inf
.nan ¦ .NaN ¦ -.nan ¦ 0x ¦ 0b ¦ 0o ¦ 1e5 ¦ 1E5 ¦ 1. ¦ 1.e5 ¦ -.5 ¦ +.5 ¦ . ¦ ._ ¦ ._5
0.1.2 ¦ 1e ¦ _1 ¦ 0_ ¦ -0 ¦ -0.0 ¦ +0 ¦ 00 ¦ 0b2 ¦ 0o8 ¦ 123456789012345678901234567890
1.7976931348623157e309 ¦ 4.9e-324 ¦ 5e-325 ¦ 0.1 ¦ 1.0 ¦ 3 ¦ -7 ¦ abc ¦ a/b ¦ a@b
!!str 5 ¦ !!float 5 ¦ !!int 5 ¦ !!int 5.5 ¦ !!bool true ¦ !!null null ¦ !x 1 ¦ é
😀 ¦ 2001-12-14T21:59:43.10-05:00 ¦ "" ¦ '' ¦ "a b" ¦ "\u00e9" ¦ "\x41" ¦ "\e" ¦ "\/"
'it''s' ¦ "q\"q" ¦ 10:20:30 ¦ 1,0 ¦ +12 ¦ -012 ¦ 0x_1 ¦ 0b_1 ¦ 0o_7 ¦ 1_e5 ¦ 1e_5
+.5e+1 ¦ -.5e-1 ¦ .e1 ¦ +1_0 ¦ --1 ¦ ++1 ¦ -+1 ¦ 0.0.0 ¦ 1.5e+ ¦ 12e03 ¦ 0e0 ¦ 9e-1
.1_0
`)

export const yamlBlocks = lines(String.raw`
[⏎1,⏎2⏎]⏎ ¦ {⏎  a: 1⏎}⏎ ¦ [⏎  1,⏎  2,⏎]⏎ ¦ {a: [⏎], b: {⏎}}⏎ ¦ {a: 1⏎, b: 2}⏎ ¦ "a⏎b"⏎
'a⏎b'⏎ ¦ {"a" :⏎1}⏎ ¦ {a⏎: 1}⏎ ¦ |⏎  one⏎  two⏎ ¦ >⏎  one⏎  two⏎⏎  three⏎ ¦ >-⏎  one⏎   two⏎
|+⏎  one⏎⏎ ¦ "a⏎  b⏎⏎  c"⏎ ¦ a⏎  b⏎ ¦ 'x⏎  y'⏎ ¦ |2⏎    z⏎ ¦ &q [1, 2]⏎q2: *q⏎ ¦ *nope⏎
&r [*r]⏎ ¦ ⏎- 1⏎- 2⏎ ¦ # comment⏎ ¦ 1 # comment⏎ ¦ {a: 1,}⏎ ¦ [1,]⏎ ¦ [a: 1, b]⏎
{a, b: 1}⏎ ¦ {a: }⏎ ¦ {"a":1}⏎ ¦ [? x : y]⏎ ¦ ? [1, 2]⏎  : 3⏎ ¦ {[1]: 2}⏎ ¦ !!set {a, b}⏎
!!binary aGk=⏎ ¦ !!timestamp 2020-01-01⏎
`)

export const yamlMerges = lines(String.raw`
m: &m {a: 1, x: 2}⏎n: {<<: *m, a: 3}⏎ ¦ m: &m {a: 1}⏎o: &o {a: 2, y: 1}⏎n: {z: 0, <<: [*m, *o]}⏎
n: {<<: 1}⏎ ¦ n: {<<: {}, b: 1, b: 2}⏎ ¦ m: &m {a: 1}⏎n: {b: 1, <<: *m, b: 2}⏎ ¦ n: {<<: {a: 1}, <<: {b: 1}}⏎
n: {'<<': {a: 1}}⏎ ¦ m: &m {x: {y: 1}}⏎n: {<<: *m, x: 5}⏎ ¦ n: {<<: [1]}⏎ ¦ l: [<<]⏎
<<: {q: 1}⏎ ¦ n: {<<: {}, <<: {b: 1}}⏎ ¦ m: &m {<<: {a: 1}, b: 2}⏎n: {<<: *m, c: 3}⏎
`)

export const yamlWholes = lines(String.raw`
∅ ¦ ⏎ ¦ # only⏎ ¦ ---⏎ ¦ --- {a: 1}⏎...⏎ ¦ a: 1⏎---⏎b: 2⏎ ¦ 0 ¦ false ¦ '' ¦ [] ¦ null
abc ¦ 5 ¦ [1] ¦ {} ¦ %YAML 1.2⏎---⏎a: 0o17⏎ ¦ %YAML 1.1⏎---⏎a: yes⏎ ¦ ␂a: 1⏎ ¦ a: 1␍⏎b: "x␍⏎  y"␍⏎
a: 1␍b: 2␍ ¦ a:⏎⇥b: 1⏎ ¦ - a⏎- b⏎ ¦ a: b: c⏎ ¦ a: 1⏎ b: 2⏎ ¦ a: @x⏎ ¦ a: ´x⏎ ¦ a: %x⏎
a: - x⏎ ¦ a: "x⏎ ¦ a: 'x⏎ ¦ a: {b: 1⏎ ¦ a: ]⏎ ¦ a:1⏎ ¦ a : 1⏎ ¦ ? a⏎: 1⏎ ¦ ? a⏎ ¦ a: |x⏎
a: *⏎ ¦ a: &⏎ ¦ : 1⏎ ¦ a: 1⏎a: 2⏎ ¦ 1: a⏎true: b⏎ ¦ 1: a⏎"1": b⏎ ¦ a: ␇⏎ ¦ a: "\z"⏎
a: x⇥y⏎ ¦ a:⇥x⏎ ¦ a: #x⏎ ¦ a: x#y⏎ ¦ a: x #y⏎ ¦ a: ?x⏎ ¦ a: -x⏎ ¦ a: :x⏎ ¦ a: {b:1}⏎
a: [b:1]⏎ ¦ a: [x, y: z]⏎ ¦ a: {x: [}⏎ ¦ a: 1 2⏎ ¦ a: "1" 2⏎ ¦ a: "b" : c⏎
`)

export const jsonKeys = lines(String.raw`
"a" ¦ "b" ¦ "c" ¦ "0" ¦ "1" ¦ "" ¦ "a b" ¦ "\u0061" ¦ "k.l" ¦ "__proto__" ¦ "constructor"
"A"
`)

export const jsonScalars = lines(String.raw`
1 ¦ 1.0 ¦ -0 ¦ -0.0 ¦ 1E5 ¦ 1e5 ¦ 1e400 ¦ -1e400 ¦ NaN ¦ Infinity ¦ -Infinity ¦ true
false ¦ null ¦ 123456789012345678901234567890 ¦ 0.1 ¦ "a" ¦ "" ¦ "\ud83d\ude00" ¦ "\ud800"
"é" ¦ "\n\/\"" ¦ "§{a}" ¦ 5e-324 ¦ 01 ¦ 1. ¦ .5 ¦ +1 ¦ 'a' ¦ "⇥" ¦ "\x41" ¦ nan ¦ None
-NaN ¦ 1_0 ¦ 0x1
`)

export const tomlKeys = lines(String.raw`
a ¦ b ¦ c ¦ d ¦ "a b" ¦ 'q' ¦ a.b ¦ k.l.m ¦ A-b_c ¦ x1 ¦ e ¦ f ¦ g ¦ __proto__
`)

export const tomlScalars = lines(String.raw`
1 ¦ 1.0 ¦ +1 ¦ -17 ¦ 1_000 ¦ 0x1F ¦ 0o17 ¦ 0b101 ¦ 1e5 ¦ 1E5 ¦ 6.626e-34 ¦ 1.5e+3
inf ¦ -inf ¦ +inf ¦ nan ¦ -nan ¦ 0 ¦ -0 ¦ -0.0 ¦ true ¦ false ¦ "a" ¦ "\u00e9\t"
'raw\n' ¦ """m⏎n""" ¦ '''m⏎n''' ¦ """\⏎   x""" ¦ 2020-01-01 ¦ 2020-01-01T00:00:00Z
07:32:00 ¦ 9223372036854775807 ¦ 99999999999999999999 ¦ "" ¦ [1, 2] ¦ [1, "a", 2.5]
[] ¦ {} ¦ {x = 1} ¦ [[1], [2]] ¦ 01 ¦ 1. ¦ .5 ¦ True ¦ 1__0 ¦ 2020-01-01 07:32:00
1e400 ¦ "\e" ¦ "\x41"
`)

export const tomlTables = lines(String.raw`
[t]⏎ ¦ [t.u]⏎ ¦ [[l]]⏎ ¦ ["a b"]⏎ ¦ [a]⏎ ¦ [b.c]⏎ ¦ # comment⏎ ¦ [v]⏎ ¦ [[l.m]]⏎
[w . x]⏎
`)

export const pythonTargets = lines(String.raw`
a ¦ b ¦ c ¦ A ¦ x ¦ a: int ¦ b: "str" ¦ c: Dict[str, int] ¦ self.s ¦ q.r ¦ a, b ¦ a = b
(a) ¦ d["k"] ¦ *r ¦ Ünï ¦ _u ¦ x: (1, 2) ¦ self.s.t
`)

export const pythonKeys = lines(String.raw`
"a" ¦ 'b' ¦ "c" ¦ 0 ¦ 1 ¦ True ¦ None ¦ 1.5 ¦ "a b" ¦ -1
`)

export const pythonScalars = lines(String.raw`
1 ¦ -1 ¦ +1 ¦ 1.0 ¦ -1.5 ¦ 1e5 ¦ 1. ¦ .5 ¦ 1_000 ¦ 0x1F ¦ 0o17 ¦ 0b11 ¦ 0XfF ¦ 1e400
True ¦ False ¦ None ¦ "a" ¦ 'b' ¦ "a" "b" ¦ r'\n' ¦ "\n\x41\u00e9\101\q\\" ¦ """m⏎n"""
'''t''' ¦ b"x" ¦ u"x" ¦ f"{1}" ¦ 1j ¦ 1+2j ¦ 1 + 2 ¦ x ¦ f(1) ¦ not True ¦ -True
--1 ¦ (1) ¦ (1,) ¦ () ¦ 1 if a else 2 ¦ lambda: 1 ¦ ... ¦ set() ¦ "a" + "b" ¦ [1][0]
123456789012345678901234567890 ¦ 00 ¦ 1_0.5_0 ¦ 5E-324 ¦ "it's" ¦ "§{a}" ¦ "\⏎" ¦ -0
-0.0 ¦ {} ¦ [] ¦ {1} ¦ {**a} ¦ [*a] ¦ (⏎1) ¦ 0.1 ¦ 1e-7 ¦ 1_e5
`)

export const pythonOthers = lines(String.raw`
import os ¦ from a import (b,⏎  c) ¦ def f(x=1):⏎  y = 2⏎  return y ¦ if True:⏎  z = 3⏎else:⏎  z = 4
for i in range(3):⏎  w = i ¦ @dec⏎class D: p = 1; q = 2 ¦ class E: pass ¦ x = 1; y = 2
x += 1 ¦ x: int ¦ a = \⏎  5 ¦ print("x = 1") ¦ # only = 1 ¦ """a = 1""" ¦ with open("x") as f:⏎  t = 1
async def g():⏎  u = 1 ¦ def __init__(self): self.v = 1 ¦ try:⏎  a1 = 1⏎except E:⏎  a2 = 2
class G:⏎  class H:⏎    h = 1⏎  i = 2 ¦ x = yield ¦ assert a == b, "x" ¦ del a ¦ a = b = 3
while x: break ¦ if x: a = 9 ¦ match x:⏎  case 1:⏎    a = 1 ¦ global a ¦ x = (yield)
pass ¦ x == 1 ¦ a = 1, ¦ a = 1, 2 ¦ class I:⏎  def __init__(self):⏎    class J:⏎      j = 1⏎    self.k = 2⏎    if x:⏎      self.l = 3
`)

export const parameterNames = lines(String.raw`
a ¦ b ¦ c ¦ n ¦ f ¦ t ¦ l ¦ m ¦ o ¦ nested ¦ item ¦ key ¦ lists ¦ maps
`)

export const texts = lines(String.raw`
a ¦ b ¦ c ¦ n ¦ f ¦ t
`)

export const oddExpressions = lines(String.raw`
l[0] ¦ l[1] ¦ l.0 ¦ l[-1] ¦ m.p ¦ nested.p ¦ nested.q.r ¦ nested.0 ¦ lists[0] ¦ lists.0.0
maps[0].p ¦ l [0] ¦ yamlA ¦ jsonA ¦ tomlA ¦ pyA ¦ v0 ¦ v1.p ¦ item ¦ key ¦ item.p
item.x ¦ item.y ¦ item[0] ¦ w0 ¦ w1.p ¦ nope ¦ m ¦ m.a b ¦ m.a.b ¦ a.b ¦ ∅ ¦ ␠ ¦ a..b
a[ ¦ l[0]x ¦ l[x] ¦ l[+0] ¦ m['p'] ¦ item[x]
`)

export const plain = lines(String.raw`
item ¦ item ¦ item
`)
