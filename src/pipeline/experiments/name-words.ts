/** Words that names of experiments are made of. Their order is part of the names: only add at the end. */

/** Short, plain adjectives. */
export const adjectives: readonly string[] =
  `able airy amber ample apt arctic autumn azure balmy bold brave breezy brief bright brisk bronze
bubbly calm candid chalky cheery chief civic clean clear clever coastal cobalt copper coral cosy
crimson crisp curious daring dawn deep deft dewy distant dusky eager early earnest easy even exact
fabled fair famous fancy fast fearless fertile festive fine firm fleet fluent fond frank free fresh
frosty gentle gilded glad glassy golden grand great green happy hardy hazel hearty hidden honest
humble icy ideal indigo inland inner ivory jade jolly jovial just keen kind large lasting late lean
level light lilac lively lofty loyal lucid lucky lunar magic major maple mellow merry mighty mild
mint misty modest mossy narrow navy neat new nimble noble northern oaken olive open orange orderly
pale patient pearly placid plain pleasant plucky polar polite prime proud pure quick quiet rapid
rare ready regal rich ripe robust rosy round royal ruby rural rustic sage sandy scarlet serene sharp
shiny silent silky silver simple sleek smooth snowy sober solar solid southern spry stable starry
steady still stony stout sturdy subtle sunny sure swift tall tame tawny teal tender tidy topaz
tranquil trim true upper urban vast velvet verdant vivid warm western wide wild windy wise witty
woven young zesty`.split(/\s+/)

/** Things one can picture: animals, plants, places. */
export const nouns: readonly string[] =
  `acorn alder anchor ant apple arch ash aspen atlas badger basin bay beach beacon bear beaver bee
beech birch bison bloom boat brook cabin cactus calf canal canoe canyon cape cedar cherry cliff
cloud clover coast comet condor coral cove crab crane creek cricket crow cypress daisy deer delta
desert dolphin dove dune eagle egret elk elm ember falcon fern field finch fir fjord flame flint
forest fox frog gale garden gecko geyser glacier glade goose grove gull harbor hare hawk hazel
heath heron hill holly horizon ibis inlet iris island ivy jackal jay juniper kelp kestrel kite
koala lagoon lake lantern larch lark laurel leaf lemur lily linden lion llama lotus lynx magnolia
maple marsh meadow mesa meteor mole moon moose moss moth mountain myrtle nectar newt nutmeg oak
oasis ocean orbit orchard orchid osprey otter owl palm panda panther peach peak pear pebble pelican
pepper petrel pine planet plateau plum pollen pond poplar poppy prairie puffin quail quartz quince
rabbit rain raven reed reef ridge river robin rose rowan saddle sail salmon sapling sea seal shell
shore sky snail snow sparrow spring spruce squid star stork stream summit swallow swan tern thicket
thistle thrush tide tiger toad trail trout tulip tundra turtle valley violet vole walnut walrus
warbler water wave whale willow wind wolf wren yak yew zebra`.split(/\s+/)
