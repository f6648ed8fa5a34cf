package nanochat.data.corpus;

import java.util.Locale;

/// What a fact says about its subject. Each relation reads subject and answer from two columns of a table; a table may carry several.
public enum Relation {
    CAPITAL("countries", "country", "capital"), COUNTRY("countries", "capital", "country"), CONTINENT("countries", "country",
            "continent"), SYMBOL("elements", "element", "symbol"), ELEMENT("elements", "symbol", "element"), ATOMIC_NUMBER("elements",
                    "element", "number"), PLANET("planets", "ordinal", "planet"), NEXT_PLANET("planets", "planet",
                            "neighbor"), KIND_OF_PLANET("planets", "planet", "kind"), RECORD("records", "subject", "answer"), SOUND(
                                    "animals", "animal", "sound"), BABY("animals", "animal", "baby"), HOME("animals", "animal",
                                            "home"), LEGS("animals", "animal", "legs"), GROUP("animals", "plural", "group"), ANIMAL_CLASS(
                                                    "animals", "animal", "class"), COLOR("colors", "thing", "color"),
    /// Holds in both directions, so each row gives two facts.
    OPPOSITE("opposites", "word", "opposite"), LIST("lists", "subject", "answer"), COUNT("lists", "subject", "count"), DAY_AFTER("weekdays",
            "day", "next"), DAY_BEFORE("weekdays", "day", "previous"),
    /// If yesterday was the subject, tomorrow will be the answer.
    DAY_AFTER_NEXT("weekdays", "day", "second_next"), DAY_BEFORE_LAST("weekdays", "day", "second_previous"), WEEKDAY("weekdays", "place",
            "day"), MONTH_AFTER("months", "month", "next"), MONTH_BEFORE("months", "month", "previous"), MONTH("months", "place",
                    "month"), DAYS_IN_MONTH("months", "month", "days"), LETTER_AFTER("letters", "letter", "next"), LETTER_BEFORE("letters",
                            "letter", "previous"), NUMBER_WORD("numbers", "digits", "word"), NUMBER_DIGITS("numbers", "word",
                                    "digits"), PLURAL("plurals", "singular", "plural"), PAST_TENSE("verbs", "verb", "past");

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
