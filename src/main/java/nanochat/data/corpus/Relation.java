package nanochat.data.corpus;

import java.util.Locale;

/// What a fact says about its subject. Each relation reads subject and answer from two columns of a table.
/// Beside each stands an example, `subject: answer`.
public enum Relation {
    /// France: Paris.
    CAPITAL("countries", "country", "capital"),
    /// Paris: France.
    COUNTRY("countries", "capital", "country"),
    /// France: Europe.
    CONTINENT("countries", "country", "continent"),
    /// gold: Au.
    SYMBOL("elements", "element", "symbol"),
    /// Au: gold.
    ELEMENT("elements", "symbol", "element"),
    /// gold: 79.
    ATOMIC_NUMBER("elements", "element", "number"),
    /// third: Earth.
    PLANET("planets", "ordinal", "planet"),
    /// Earth: Mars.
    NEXT_PLANET("planets", "planet", "neighbor"),
    /// Earth: rocky planet.
    KIND_OF_PLANET("planets", "planet", "kind"),
    /// the largest ocean on Earth: the Pacific Ocean.
    RECORD("records", "subject", "answer"),
    /// cow: moo.
    SOUND("animals", "animal", "sound"),
    /// cow: calf.
    BABY("animals", "animal", "baby"),
    /// cow: barn.
    HOME("animals", "animal", "home"),
    /// cow: four.
    LEGS("animals", "animal", "legs"),
    /// cows: herd.
    GROUP("animals", "plural", "group"),
    /// cow: mammal.
    ANIMAL_CLASS("animals", "animal", "class"),
    /// grass: green.
    COLOR("colors", "thing", "color"),
    /// hot: cold, and cold: hot; each row of the table gives both facts.
    OPPOSITE("opposites", "word", "opposite"),
    /// seasons of the year: spring, summer, autumn, winter.
    LIST("lists", "subject", "answer"),
    /// seasons of the year: four.
    COUNT("lists", "subject", "count"),
    /// Friday: Saturday.
    DAY_AFTER("weekdays", "day", "next"),
    /// Friday: Thursday.
    DAY_BEFORE("weekdays", "day", "previous"),
    /// Friday: Sunday. If yesterday was Friday, tomorrow will be Sunday.
    DAY_AFTER_NEXT("weekdays", "day", "second_next"),
    /// Friday: Wednesday. If tomorrow is Friday, yesterday was Wednesday.
    DAY_BEFORE_LAST("weekdays", "day", "second_previous"),
    /// fifth: Friday.
    WEEKDAY("weekdays", "place", "day"),
    /// May: June.
    MONTH_AFTER("months", "month", "next"),
    /// May: April.
    MONTH_BEFORE("months", "month", "previous"),
    /// fifth: May.
    MONTH("months", "place", "month"),
    /// May: 31.
    DAYS_IN_MONTH("months", "month", "days"),
    /// B: C.
    LETTER_AFTER("letters", "letter", "next"),
    /// B: A.
    LETTER_BEFORE("letters", "letter", "previous"),
    /// 21: twenty-one.
    NUMBER_WORD("numbers", "digits", "word"),
    /// twenty-one: 21.
    NUMBER_DIGITS("numbers", "word", "digits"),
    /// mouse: mice.
    PLURAL("plurals", "singular", "plural"),
    /// go: went.
    PAST_TENSE("verbs", "verb", "past");

    private final String table;
    private final String subjectColumn;
    private final String answerColumn;

    Relation(String table, String subjectColumn, String answerColumn) {
        this.table = table;
        this.subjectColumn = subjectColumn;
        this.answerColumn = answerColumn;
    }

    /// The table the facts are in; relations of one table belong to one topic.
    public String table() {
        return table;
    }

    String subjectColumn() {
        return subjectColumn;
    }

    String answerColumn() {
        return answerColumn;
    }

    /// The name of the section of phrasings, such as `day-after`.
    String section() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
