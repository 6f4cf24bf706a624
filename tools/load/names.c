/*
 * load/names.c
 *	  Word lists: see load/names.h.  Data only.
 */
#include "load/names.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const BingoName russian_male[] = {
	{"Александр", "alex"}, {"Алексей", "aleksei"}, {"Андрей", "andrei"}, {"Антон", "anton"},
	{"Артём", "artem"}, {"Борис", "boris"}, {"Вадим", "vadim"}, {"Виктор", "viktor"},
	{"Владимир", "vova"}, {"Глеб", "gleb"}, {"Григорий", "grisha"}, {"Денис", "denis"},
	{"Дмитрий", "dima"}, {"Евгений", "zhenya"}, {"Егор", "egor"}, {"Иван", "ivan"},
	{"Игорь", "igor"}, {"Илья", "ilya"}, {"Кирилл", "kirill"}, {"Константин", "kostya"},
	{"Лев", "lev"}, {"Максим", "max"}, {"Михаил", "misha"}, {"Никита", "nikita"},
	{"Николай", "kolya"}, {"Олег", "oleg"}, {"Павел", "pavel"}, {"Пётр", "petr"},
	{"Роман", "roman"}, {"Семён", "semen"}, {"Сергей", "sergei"}, {"Тимур", "timur"},
	{"Фёдор", "fedor"}, {"Юрий", "yuri"}, {"Ярослав", "yarik"}, {"Эдуард", "edik"},
};

static const BingoName russian_female[] = {
	{"Александра", "sasha"}, {"Алина", "alina"}, {"Алла", "alla"}, {"Анастасия", "nastya"},
	{"Анна", "anna"}, {"Валентина", "valya"}, {"Валерия", "lera"}, {"Варвара", "varya"},
	{"Вера", "vera"}, {"Вероника", "nika"}, {"Виктория", "vika"}, {"Галина", "galya"},
	{"Дарья", "dasha"}, {"Екатерина", "katya"}, {"Елена", "elena"}, {"Елизавета", "liza"},
	{"Зоя", "zoya"}, {"Инна", "inna"}, {"Ирина", "irina"}, {"Ксения", "ksenia"},
	{"Лариса", "larisa"}, {"Любовь", "lyuba"}, {"Людмила", "lyuda"}, {"Маргарита", "rita"},
	{"Марина", "marina"}, {"Мария", "maria"}, {"Надежда", "nadya"}, {"Наталья", "natasha"},
	{"Нина", "nina"}, {"Оксана", "oksana"}, {"Ольга", "olga"}, {"Полина", "polina"},
	{"Светлана", "sveta"}, {"София", "sonya"}, {"Татьяна", "tanya"}, {"Юлия", "yulia"},
};

static const BingoSurname russian_surnames[] = {
	{"Иванов", "Иванова", "ivanov"}, {"Смирнов", "Смирнова", "smirnov"},
	{"Кузнецов", "Кузнецова", "kuznec"}, {"Попов", "Попова", "popov"},
	{"Васильев", "Васильева", "vasilev"}, {"Петров", "Петрова", "petrov"},
	{"Соколов", "Соколова", "sokol"}, {"Михайлов", "Михайлова", "mihail"},
	{"Новиков", "Новикова", "novik"}, {"Фёдоров", "Фёдорова", "fedorov"},
	{"Морозов", "Морозова", "moroz"}, {"Волков", "Волкова", "volk"},
	{"Алексеев", "Алексеева", "alekseev"}, {"Лебедев", "Лебедева", "lebed"},
	{"Семёнов", "Семёнова", "semenov"}, {"Егоров", "Егорова", "egorov"},
	{"Павлов", "Павлова", "pavlov"}, {"Козлов", "Козлова", "kozlov"},
	{"Степанов", "Степанова", "stepan"}, {"Николаев", "Николаева", "nikol"},
	{"Орлов", "Орлова", "orlov"}, {"Андреев", "Андреева", "andreev"},
	{"Макаров", "Макарова", "makar"}, {"Никитин", "Никитина", "nikitin"},
	{"Захаров", "Захарова", "zahar"}, {"Зайцев", "Зайцева", "zaets"},
	{"Соловьёв", "Соловьёва", "solovei"}, {"Борисов", "Борисова", "borisov"},
	{"Яковлев", "Яковлева", "yakov"}, {"Григорьев", "Григорьева", "grig"},
	{"Романов", "Романова", "romanov"}, {"Воробьёв", "Воробьёва", "vorobei"},
	{"Сергеев", "Сергеева", "sergeev"}, {"Кузьмин", "Кузьмина", "kuzmin"},
	{"Фролов", "Фролова", "frol"}, {"Александров", "Александрова", "aleks"},
	{"Дмитриев", "Дмитриева", "dmitr"}, {"Королёв", "Королёва", "korol"},
	{"Гусев", "Гусева", "gusev"}, {"Киселёв", "Киселёва", "kisel"},
	{"Ильин", "Ильина", "ilin"}, {"Максимов", "Максимова", "maksim"},
	{"Поляков", "Полякова", "polyak"}, {"Сорокин", "Сорокина", "soroka"},
	{"Виноградов", "Виноградова", "vino"}, {"Ковалёв", "Ковалёва", "koval"},
	{"Белов", "Белова", "belov"}, {"Медведев", "Медведева", "medved"},
	{"Антонов", "Антонова", "antonov"}, {"Тарасов", "Тарасова", "taras"},
	{"Жуков", "Жукова", "zhuk"}, {"Баранов", "Баранова", "baran"},
	{"Филиппов", "Филиппова", "filip"}, {"Комаров", "Комарова", "komar"},
	{"Давыдов", "Давыдова", "davyd"}, {"Беляев", "Беляева", "belyaev"},
	{"Щукин", "Щукина", "schuka"}, {"Цветаев", "Цветаева", "cvet"},
	{"Шевченко", "Шевченко", "sheva"}, {"Бондаренко", "Бондаренко", "bond"},
	{"Ким", "Ким", "kim"}, {"Цой", "Цой", "tsoi"},
	{"Черных", "Черных", "chern"}, {"Хабибуллин", "Хабибуллина", "habib"},
};

static const BingoName english_male[] = {
	{"James", "james"}, {"John", "john"}, {"Robert", "rob"}, {"Michael", "mike"},
	{"William", "will"}, {"David", "david"}, {"Thomas", "tom"}, {"Daniel", "dan"},
	{"George", "george"}, {"Peter", "peter"}, {"Arthur", "arthur"}, {"Oscar", "oscar"},
};

static const BingoName english_female[] = {
	{"Mary", "mary"}, {"Emma", "emma"}, {"Linda", "linda"}, {"Susan", "susan"},
	{"Jessica", "jess"}, {"Sarah", "sarah"}, {"Karen", "karen"}, {"Alice", "alice"},
	{"Grace", "grace"}, {"Helen", "helen"}, {"Ruth", "ruth"}, {"Olivia", "liv"},
};

static const BingoSurname english_surnames[] = {
	{"Smith", "Smith", "smith"}, {"Johnson", "Johnson", "johnson"}, {"Brown", "Brown", "brown"},
	{"Miller", "Miller", "miller"}, {"Davis", "Davis", "davis"}, {"Wilson", "Wilson", "wilson"},
	{"Taylor", "Taylor", "taylor"}, {"Clark", "Clark", "clark"}, {"Lewis", "Lewis", "lewis"},
	{"Walker", "Walker", "walker"}, {"Young", "Young", "young"}, {"King", "King", "king"},
	{"O'Brien", "O'Brien", "obrien"}, {"O'Neill", "O'Neill", "oneill"},
	{"MacDonald", "MacDonald", "mac"}, {"Smith-Jones", "Smith-Jones", "smithj"},
};

static const BingoName other_male[] = {
	{"José", "jose"}, {"Jürgen", "jurgen"}, {"François", "fran"}, {"Łukasz", "lukasz"},
	{"Søren", "soren"}, {"Ömer", "omer"}, {"Нұрлан", "nurlan"}, {"太郎", "taro"},
};

static const BingoName other_female[] = {
	{"Zoë", "zoe"}, {"Chloé", "chloe"}, {"Jürgena", "jurgena"}, {"Małgorzata", "gosia"},
	{"Åsa", "asa"}, {"Ayşe", "ayse"}, {"Әйгерім", "aigerim"}, {"花子", "hanako"},
};

static const BingoSurname other_surnames[] = {
	{"Müller", "Müller", "muller"}, {"García", "García", "garcia"}, {"Dvořák", "Dvořáková", "dvorak"},
	{"Nowak", "Nowak", "nowak"}, {"Østergård", "Østergård", "oster"}, {"Şahin", "Şahin", "sahin"},
	{"Әбілов", "Әбілова", "abilov"}, {"山田", "山田", "yamada"},
};

#define NAME_SET(language) { \
	language##_male, LENGTH(language##_male), \
	language##_female, LENGTH(language##_female), \
	language##_surnames, LENGTH(language##_surnames) }

const BingoNameSet bingo_names[BINGO_LANGUAGES] = {
	[BINGO_RUSSIAN] = NAME_SET(russian),
	[BINGO_ENGLISH] = NAME_SET(english),
	[BINGO_OTHER] = NAME_SET(other),
};

static const char *const russian_heads[] = {
	"Тайна", "Легенда", "Ночь", "Песня", "Дорога", "Конец", "Начало", "Возвращение", "Огни",
	"Хроника", "Город", "Остров", "Сердце", "Тень", "Дети", "Голос", "Утро", "Последний день",
	"Сны", "Дом", "Берег", "Секрет", "Охота на тень", "Время", "Побег из", "Здравствуй, день",
	"Письмо из", "Цена", "Рассвет", "Ёлки и огни", "Эхо", "Зеркало", "Цирк", "Шёпот", "Война",
	"Музыка", "История", "Встреча у", "Свадьба у", "Сказка",
};

static const char *const russian_tails[] = {
	"моря", "любви", "леса", "зимы", "войны", "дождя", "старого дома", "Атлантиды", "пустыни",
	"мечты", "ветра", "октября", "реки", "тишины", "детства", "озера", "машины", "капитана",
	"императора", "весны", "звезды", "незнакомца", "полуночи", "юга", "Севера", "столицы",
	"брата", "сестры", "осени", "вокзала", "королевы", "чёрного кота", "птицы", "снега",
	"художника", "лета", "доктора", "театра", "города N", "Байкала", "Москвы", "Петербурга",
	"тайги", "дракона", "поезда № 7", "апреля", "света", "воды",
};

static const char *const english_heads[] = {
	"The Last", "The Lost", "A Quiet", "The Secret", "Beyond the", "Return of the", "The Broken",
	"Night of the", "The Iron", "My Brother's", "Under the", "The Golden", "Chasing the", "The Other",
	"One More", "Dr. No and the", "The Long", "Goodbye,", "The Invisible", "After the", "Before the",
	"Red", "Silent", "Midnight", "The Great", "No", "Farewell,", "The 13th", "Empire of the", "Wild",
	"Children of the", "The Perfect",
};

static const char *const english_tails[] = {
	"Kingdom", "Summer", "Garden", "Witness", "Storm", "Island", "Train", "Night", "Promise", "River",
	"Detective", "Queen", "Moon", "Stranger", "Soldier", "Voyage", "Mirror", "Winter", "Empire",
	"Shadow", "Letter", "Road", "Hunter", "Ocean", "House", "Game", "Song", "Fire", "Dragon",
	"Machine", "Wedding", "Robbery", "Planet", "Circus", "Lighthouse", "Code", "Valley", "Dream",
	"Highway", "Ghost",
};

static const char *const other_heads[] = {
	"L'été de", "La nuit de", "Le goût de", "Das Leben von", "Der Himmel über", "El secreto de",
	"Il giorno di", "Życie", "Amélie &", "七人の",
};

static const char *const other_tails[] = {
	"Zoé", "Paris", "Łódź", "Besançon", "Köln", "Málaga", "Perù", "Åland", "侍", "Noël",
	"Müller", "Čapek", "São Paulo", "Ångström", "Œdipe", "100 %",
};

#define TITLE_SET(language) { \
	language##_heads, LENGTH(language##_heads), \
	language##_tails, LENGTH(language##_tails) }

const BingoTitleSet bingo_titles[BINGO_LANGUAGES] = {
	[BINGO_RUSSIAN] = TITLE_SET(russian),
	[BINGO_ENGLISH] = TITLE_SET(english),
	[BINGO_OTHER] = TITLE_SET(other),
};

const char *const bingo_title_sequels[] = {
	" 2", " 3", " II", " (3D)", ": Начало", ": The Beginning", ", или \"Всё сначала\"", " – Part Two",
};
const unsigned bingo_title_n_sequels = LENGTH(bingo_title_sequels);

const char *const bingo_mail_domains[] = {
	"example.com", "example.org", "example.net", "mail.example", "ya.example", "post.example",
};
const unsigned bingo_n_mail_domains = LENGTH(bingo_mail_domains);
