package nanochat.data.corpus;

/// One way to put the facts of a relation into words.
public final class Phrasing {
    /// What a phrasing is for.
    public enum Form {
        /// Tells the fact.
        STATEMENT,
        /// A statement too, one that speaks of the subject first.
        LEAD,
        /// Tells the fact with "it", where the text has just spoken of the subject.
        FOLLOW_UP,
        /// Asks for the answer and does not contain it.
        QUESTION,
        /// What is asked for, as a noun: `the capital of France`.
        TOPIC,
        /// What is asked for, as an indirect question: `which city is the capital of France`.
        CLAUSE,
        /// The full sentence that answers a question.
        REPLY
    }

    private static final String VALIDATION = "held-out ";
    private static final String TEST = "test ";

    private final Form form;
    private final Split split;
    private final Template<Fact> template;

    private Phrasing(Form form, Split split, Template<Fact> template) {
        this.form = form;
        this.split = split;
        this.template = template;
    }

    /// Reads a line such as `held-out ask What is the capital of {subject}?`.
    static Phrasing parse(String line) {
        Split split = line.startsWith(VALIDATION) ? Split.VALIDATION : line.startsWith(TEST) ? Split.TEST : Split.TRAIN;
        String rest = switch (split) {
            case TRAIN -> line;
            case VALIDATION -> line.substring(VALIDATION.length());
            case TEST -> line.substring(TEST.length());
        };
        int space = rest.indexOf(' ');
        Form form = switch (rest.substring(0, Math.max(space, 0))) {
            case "say" -> Form.STATEMENT;
            case "lead" -> Form.LEAD;
            case "more" -> Form.FOLLOW_UP;
            case "ask" -> Form.QUESTION;
            case "topic" -> Form.TOPIC;
            case "clause" -> Form.CLAUSE;
            case "reply" -> Form.REPLY;
            default -> throw new IllegalStateException("phrasings.txt: '" + line
                    + "' starts with none of say, lead, more, ask, topic, clause, reply");
        };
        return new Phrasing(form, split, Template.parse(rest.substring(space + 1), Phrasing::slot));
    }

    static Template.Slot<Fact> slot(String name) {
        return switch (name) {
            case "subject" -> (fact, out) -> out.append(fact.subject());
            case "answer" -> (fact, out) -> out.append(fact.answer());
            default -> throw new IllegalArgumentException("a phrasing has slots subject and answer, not " + name);
        };
    }

    /// Whether this phrasing serves as `wanted`; a lead serves as a statement too.
    boolean serves(Form wanted) {
        return form == wanted || (form == Form.LEAD && wanted == Form.STATEMENT);
    }

    public Form form() {
        return form;
    }

    /// Where it is used. Validation also uses those of training, but asks only in its own.
    public Split split() {
        return split;
    }

    /// The fact in these words.
    public String render(Fact fact) {
        return template.render(fact);
    }

    void append(Fact fact, StringBuilder out) {
        template.append(fact, out);
    }

    /// The phrasing as it was written, with its slots.
    @Override
    public String toString() {
        return template.toString();
    }
}
