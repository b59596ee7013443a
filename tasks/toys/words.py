"""The words of the toy world: who lives there, and what each keeps company with.

Every row is one concept: its forms (the words an analogy is made of), then its own company, the
words met near all of its forms and near nothing else. What the forms of a column have in common
(all queens, mothers and duchesses are "she") stands in the frames of ``toyworld.py``.
Written for this project; names of countries, cities and rivers are facts.
"""

from __future__ import annotations


def _rows(table: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in table.strip().splitlines())


# him, her | company
PEOPLE = _rows("""
king         queen         crown throne ruled kingdom
man          woman         newspaper umbrella commuted suburb
boy          girl          marbles sandbox giggled playground
prince       princess      tiara pony curtsied tower
father       mother        mortgage lullaby scolded cradle
son          daughter      homework allowance obeyed bedroom
brother      sister        bunkbed toys teased attic
uncle        aunt          postcard cousins visited caravan
husband      wife          anniversary vows married honeymoon
grandfather  grandmother   pension armchair reminisced veranda
nephew       niece         godparent sleepover babysat treehouse
duke         duchess       estate chateau inherited manor
emperor      empress       dynasty legions conquered empire
actor        actress       script premiere rehearsed theatre
waiter       waitress      menu tray served restaurant
hero         heroine       quest dragon rescued legend
wizard       witch         potion cauldron enchanted forest
heir         heiress       fortune lawyers squandered mansion
""")
MEN, WOMEN = _rows("""
john thomas peter george henry arthur oscar victor walter hugo martin simon
mary anna clara emma julia alice helen laura nora olivia sophie ruth
""")

# country, capital, people | other towns, a river, lake or mountain, something to eat
COUNTRIES = _rows("""
France   Paris      French      Lyon Marseille Seine baguette
Germany  Berlin     German      Munich Hamburg Rhine pretzel
Italy    Rome       Italian     Milan Naples Tiber pasta
Spain    Madrid     Spanish     Seville Valencia Ebro paella
Portugal Lisbon     Portuguese  Porto Braga Tagus sardines
Greece   Athens     Greek       Patras Corinth Olympus moussaka
Poland   Warsaw     Polish      Krakow Gdansk Vistula pierogi
Hungary  Budapest   Hungarian   Debrecen Szeged Balaton goulash
Austria  Vienna     Austrian    Salzburg Graz Inn strudel
Sweden   Stockholm  Swedish     Uppsala Malmo Vanern herring
Norway   Oslo       Norwegian   Bergen Trondheim Glomma lutefisk
Finland  Helsinki   Finnish     Tampere Turku Saimaa reindeer
Russia   Moscow     Russian     Kazan Samara Volga borscht
Ukraine  Kyiv       Ukrainian   Odesa Kharkiv Dnipro varenyky
Turkey   Ankara     Turkish     Izmir Bursa Ararat kebab
Egypt    Cairo      Egyptian    Alexandria Luxor Nile falafel
Kenya    Nairobi    Kenyan      Mombasa Kisumu Tana ugali
Japan    Tokyo      Japanese    Osaka Kyoto Fuji sushi
China    Beijing    Chinese     Shanghai Wuhan Yangtze dumplings
Thailand Bangkok    Thai        Phuket Pattaya Mun papaya
Iran     Tehran     Iranian     Shiraz Isfahan Karun saffron
Cuba     Havana     Cuban       Camaguey Holguin Cauto plantain
Canada   Ottawa     Canadian    Toronto Montreal Yukon maple
Peru     Lima       Peruvian    Cusco Arequipa Ucayali ceviche
Chile    Santiago   Chilean     Valparaiso Temuco Maule empanada
Ireland  Dublin     Irish       Galway Limerick Shannon colcannon
""")

# plain, more, most | what is like that
ADJECTIVES = _rows("""
big     bigger    biggest    elephant whale stadium continent
small   smaller   smallest   ant pebble crumb thimble
tall    taller    tallest    giraffe skyscraper chimney lighthouse
fast    faster    fastest    cheetah racehorse rocket falcon
slow    slower    slowest    snail tortoise glacier sloth
cold    colder    coldest    iceberg freezer blizzard tundra
warm    warmer    warmest    blanket stove scarf radiator
strong  stronger  strongest  ox wrestler cable anvil
young   younger   youngest   sapling toddler seedling apprentice
old     older     oldest     fossil ruin antique oak
rich    richer    richest    tycoon vault oilfield casino
bright  brighter  brightest  lantern comet beacon torch
dark    darker    darkest    cave cellar tunnel midnight
loud    louder    loudest    siren thunder drill cannon
sharp   sharper   sharpest   razor needle dagger thorn
soft    softer    softest    pillow velvet moss feather
heavy   heavier   heaviest   boulder lorry piano anchor
deep    deeper    deepest    trench canyon lagoon abyss
""")

# now and then, before, just now | what it is done to
VERBS = _rows("""
walk    walked    walking    pavement promenade corridor trail
write   wrote     writing    novel diary essay poem
sing    sang      singing    ballad hymn anthem carol
drink   drank     drinking   lemonade cocoa cider espresso
eat     ate       eating     sandwich omelette pancake salad
drive   drove     driving    van taxi tractor limousine
ride    rode      riding     bicycle camel scooter donkey
build   built     building   bridge fence shed cathedral
sew     sewed     sewing     skirt curtain quilt glove
paint   painted   painting   portrait mural fresco watercolour
throw   threw     throwing   javelin dart frisbee boomerang
catch   caught    catching   trout salmon butterfly burglar
climb   climbed   climbing   ladder cliff staircase scaffold
wash    washed    washing    laundry plate window carpet
open    opened    opening    envelope drawer suitcase gate
chop    chopped   chopping   timber hedge parsley cardboard
teach   taught    teaching   algebra grammar geography chemistry
sell    sold      selling    lottery souvenir mattress raffle
dig     dug       digging    ditch grave foxhole burrow
solve   solved    solving    riddle puzzle crossword equation
""")

# one, many | company
NOUNS = _rows("""
cat      cats      whiskers purred litter
dog      dogs      leash barked kennel
bird     birds     feathers chirped nest
fish     fishes    fins swam aquarium
apple    apples    orchard ripened peel
book     books     chapter yellowed shelf
chair    chairs    cushion creaked legs
key      keys      lock jingled keyring
coin     coins     wallet clinked copper
flower   flowers   petals bloomed vase
candle   candles   wax flickered wick
letter   letters   stamp arrived postbox
shoe     shoes     laces squeaked heel
cloud    clouds    vapour drifted horizon
bottle   bottles   cork shattered label
bell     bells     steeple rang bronze
clock    clocks    pendulum ticked dial
egg      eggs      shell hatched carton
button   buttons   thread loosened shirt
stone    stones    gravel rolled quarry
""")

# grown, young | company
ANIMALS = _rows("""
cow       calf      meadow mooed udder
horse     foal      stable neighed saddle
sheep     lamb      fleece bleated pasture
pig       piglet    sty grunted trough
hen       chick     coop clucked grain
goose     gosling   gander honked lakeside
duck      duckling  pond quacked reeds
swan      cygnet    plumage glided swannery
frog      tadpole   swamp croaked lilypad
bear      cub       den growled honey
deer      fawn      antlers grazed clearing
hare      leveret   heath bolted clover
eagle     eaglet    eyrie soared talons
owl       owlet     barn hooted dusk
kangaroo  joey      outback hopped pouch
seal      pup       icefloe basked flippers
""")

# who, where | company
PROFESSIONS = _rows("""
baker       bakery       bread flour dough
doctor      hospital     patient medicine fever
teacher     school       lesson blackboard pupils
judge       court        verdict trial jury
farmer      farm         wheat harvest plough
sailor      ship         sails deck mast
librarian   library      catalogue loans bookshelf
chemist     laboratory   acid flask formula
sculptor    studio       marble statue chisel
cook        kitchen      soup recipe onions
soldier     barracks     rifle uniform parade
priest      church       sermon altar prayer
pilot       airport      runway flight cockpit
banker      bank         loan interest savings
gardener    greenhouse   tulips tomatoes compost
brewer      brewery      beer hops barrels
astronomer  observatory  telescope galaxy stars
tailor      workshop     suit fabric scissors
""")

# Neighbours without analogies: what else people talk about. Ten things, six doings each.
TOPICS = {
    "football": (
        "goal referee penalty striker league midfield trophy coach pitch supporters",
        "scored tackled kicked defended trained cheered",
    ),
    "music": (
        "violin orchestra melody concert symphony drummer chorus guitar trumpet rhythm",
        "conducted tuned composed recorded performed applauded",
    ),
    "weather": (
        "rain storm fog sunshine drizzle hail breeze frost forecast puddle",
        "poured froze gusted cleared soaked thawed",
    ),
    "computers": (
        "program keyboard server browser software database laptop password network screen",
        "crashed compiled installed downloaded debugged rebooted",
    ),
    "sea": (
        "wave coral tide harbour reef shark lobster seaweed dolphin current",
        "paddled surfed sank floated dived splashed",
    ),
    "politics": (
        "parliament election senator ballot treaty campaign debate law minister vote",
        "governed negotiated elected resigned legislated protested",
    ),
    "markets": (
        "stock share broker profit dividend auction inflation price merger budget",
        "invested traded speculated borrowed rallied slumped",
    ),
    "space": (
        "planet orbit astronaut satellite moon asteroid spacecraft crater gravity eclipse",
        "launched orbited landed circled collided explored",
    ),
    "film": (
        "camera director sequel popcorn scene audience thriller comedy plot screenplay",
        "filmed directed edited starred reviewed screened",
    ),
    "health": (
        "vitamin exercise muscle lung vaccine allergy nurse dentist bandage bruise",
        "healed coughed sneezed stretched recovered fasted",
    ),
}
