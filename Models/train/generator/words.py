"""Common words by role; names are in `names`, numbers in `values`."""

from __future__ import annotations


def _list(text: str) -> tuple[str, ...]:
    """Words separated by spaces, or phrases separated by commas."""
    if "," in text:
        return tuple(phrase.strip() for phrase in text.replace("\n", " ").split(",") if phrase.strip())
    return tuple(text.split())


TOPICS = _list("""
    safety budget sales credit risk marketing training security supply market energy water housing export import
    health
    travel staff customer product quality design software network data tax pension insurance audit delivery harbour
    forest bridge garden kitchen library museum school hospital climate traffic parking storage packaging payment
    price
    planning recruiting brand contract supplier warehouse fire noise food language winter summer autumn spring
    cost income project strategy finance research legal technical press media
""")
TEAM_TOPICS = _list("""
    sales marketing design support finance security planning legal software quality training data press delivery
    purchasing testing kitchen garden engineering product network safety media transport energy maintenance payroll
    recruiting catering science publishing
""")
EVENT_TOPICS = _list("""
    budget sales staff safety marketing planning project team design training security product quality customer
    supplier
    strategy finance research press city council parents school sports book music art garden energy harbour technical
    union department office partner investor export spring summer autumn winter annual monthly weekly yearly emergency
    opening closing regional national
""")
EVENT_HEADS = _list("""
    meeting conference workshop seminar briefing review call session lunch dinner party lecture interview hearing
    presentation training course exhibition concert festival
""")
PERIOD_WORDS = _list("annual monthly weekly yearly total half-year daily net gross regional domestic foreign")
METRICS = _list("""
    sales costs revenues expenses profits savings losses orders exports imports earnings investments donations debts
    receipts taxes wages
""")
ASSESSMENT_TOPICS = _list("""
    safety fire quality tax price cost market supplier energy water noise security climate software data insurance
    property damage harbour building traffic food network storage credit pension payment hygiene contract health
    legal technical financial environmental annual export
""")
ASSESSMENT_HEADS = _list("audit review inspection survey study analysis evaluation check assessment test examination")
STUDY_ADJECTIVES = _list("""
    detailed short new careful full comprehensive thorough first second final joint critical broad complete brief
    practical large interesting early independent
""")
STUDY_HEADS = _list("""
    study report analysis overview summary survey review paper plan guide handbook comparison catalogue forecast list
    description model strategy concept map
""")
SUBJECT_ADJECTIVES = _list("""
    current local new old public future global regional recent digital foreign small large young northern southern
    eastern western rural national cheap modern present likely
""")
SUBJECT_HEADS = _list("""
    market prices, housing market, energy prices, trends, risks, markets, customers, suppliers, shipping routes,
    fish stocks, buildings,
    bridges, road works, building rules, tax rules, labour market, oil prices, storage costs, trade rules, water
    supply,
    customer needs, software tools, food prices, delivery times, train lines, school buildings, bank loans,
    fashion trends, weather risks,
    interest rates, sales figures, machines, competitors, travel habits, reading habits, birds, gardens, forests,
    banks, taxes
""")
JOBS = _list("""
    teacher, doctor, nurse, baker, painter, farmer, pilot, driver, lawyer, engineer, gardener, cook, plumber,
    carpenter,
    librarian, dentist, musician, writer, journalist, sailor, tailor, butcher, waiter, architect, chemist, clerk,
    accountant, electrician, firefighter, judge, translator, photographer, biologist, designer, programmer, manager,
    secretary, analyst, director, editor, consultant, technician, mechanic, optician, vet
""")
ROLES = _list("""
    sales manager, head of marketing, chief engineer, financial director, project manager, head of design, chief
    editor,
    office manager, head of security, data analyst, legal adviser, treasurer, chairman, press officer, plant manager,
    head of sales, personnel manager, chief cook, export manager, technical director, store manager, head of finance
""")
COLORS = _list("red blue green yellow black white brown grey orange purple pink silver golden violet beige turquoise")
THINGS = _list("""
    car bicycle house boat coat hat scarf bag umbrella door lamp sofa chair table kite cup blanket suitcase notebook
    jacket dress shirt tent guitar piano sweater bowl vase clock phone
""")
ITEMS = _list("""
    lamp, bicycle, sofa, table, chair, carpet, radio, camera, printer, laptop, phone, guitar, piano, coat, clock,
    mirror,
    painting, tent, kettle, fridge, desk, bookshelf, suitcase, watch, drum, telescope, violin, toaster, heater,
    tractor,
    sewing machine, coffee machine, washing machine, garden chair, rowing boat, winter coat, desk lamp
""")
GOODS = _list("""
    chairs, tables, lamps, books, tyres, bottles, boxes, bricks, pumps, phones, screens, bicycles, cables, shirts,
    shoes,
    engines, windows, doors, batteries, printers, helmets, pencils, cups, plates, blankets, tents, tiles, pipes,
    ladders,
    barrels, computers, coats, clocks, seeds, apples, oranges, lemons
""")
FOODS = _list("""
    soup, bread, cheese, pizza, rice, noodles, pancakes, apples, cherries, pears, grapes, fish, salad, beans,
    honey, cake,
    plums, carrots, potatoes, tomatoes, mushrooms, dumplings, pasta, porridge, onions, waffles, chocolate, peaches
""")
SPORTS = _list("""
    tennis, chess, football, swimming, rowing, hockey, running, cycling, skating, sailing, climbing, fencing,
    judo, golf,
    basketball, archery, rugby, dancing, skiing, volleyball, badminton, cricket
""")
SUBJECTS = _list("""
    history, physics, music, biology, chemistry, geography, French, German, Latin, mathematics, art, economics,
    philosophy, Spanish, drawing, law, medicine, botany, astronomy, English
""")
ANIMALS = _list("""
    dog cat rabbit fox horse goat hamster parrot turtle pony duck hen sheep pig donkey mouse owl hedgehog squirrel
    frog
    bear goose otter badger
""")
PLACES_INSIDE = _list("""
    in the drawer, on the shelf, under the bed, behind the door, in the kitchen, on the table, in the garage,
    under the stairs, in the cellar, on the roof, in the garden shed, next to the window, in the hall, under the sofa,
    behind the curtain, in the cupboard, on the piano, in the blue box, in the top drawer, beside the lamp, in the
    attic,
    on the balcony, in the desk, above the fireplace, inside the old chest
""")
SMALL_THINGS = _list("""
    key, map, letter, ticket, passport, ring, purse, camera, torch, hammer, notebook, wallet, pen, candle, basket,
    book,
    scissors, spare key, photo album, first-aid kit, toolbox, remote control, coin, medal, brush, whistle
""")
ROOM_KINDS = _list("room hall office building gate platform studio ward lab counter")
DOCUMENTS = _list("""
    report, application, budget plan, tax return, draft, contract, proposal, survey, invoice, essay, offer, grant
    application, sales report, travel report, safety report, annual report, final report, order form, time sheet,
    marketing plan, project plan, price list, manuscript, design, budget
""")
WEATHERS = _list("sunny rainy cloudy windy foggy stormy snowy warm cold frosty mild dry wet icy hot")
SHOPS = _list("""
    bakery, library, museum, post office, bank, pharmacy, bookshop, swimming pool, market, café, gallery, garden
    centre,
    butcher's shop, town hall, cinema, supermarket, zoo, flower shop, clinic, toy shop, tea house, sports centre
""")
CAUSES = _list("""
    a power cut, a broken cable, a software update, a flood, a storm, heavy snow, a fire alarm, a burst pipe,
    a failed disk, a strike, high demand, a wrong setting, road works, a missing part, a sick driver, thick fog,
    a fallen tree, a water leak, an accident, a data loss, a late train, a customs check
""")
SYSTEMS = _list("""
    mail server, web shop, ticket system, payment service, phone line, lift, heating, printer, door system, database,
    customer portal, production line, cooling system, train service, ferry, backup server, main pump, alarm system
""")
WEEKDAYS = _list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
RAISES = _list("increase rise growth gain")
FALLS = _list("decrease drop fall decline")
ADJECTIVES_LIKED = _list("good nice pleasant lovely useful busy quiet long short early")

DEEDS = _list("approved signed rejected checked accepted corrected copied printed returned cancelled finished")

VEHICLES = _list("train bus ferry tram coach ship")

# Single words of four letters and more, from which names are put together.
ALL_WORDS = tuple(sorted({
    word
    for phrases in (
        TOPICS, EVENT_TOPICS, STUDY_ADJECTIVES, SUBJECT_ADJECTIVES, JOBS, THINGS, ITEMS, GOODS, FOODS, SPORTS, SUBJECTS,
        ANIMALS, SMALL_THINGS, WEATHERS, SHOPS, SYSTEMS,
    )
    for phrase in phrases
    for word in phrase.split()
    if len(word) > 3 and word.isascii() and word.isalpha()
}))

# The lists that templates name as `<word list>`.
LISTS: dict[str, tuple[str, ...]] = {
    "rise": RAISES,
    "fall": FALLS,
    "nice": ADJECTIVES_LIKED,
}
