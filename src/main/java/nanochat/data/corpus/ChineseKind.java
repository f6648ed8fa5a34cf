package nanochat.data.corpus;

/// What Chinese questions are about, and how many of a hundred exchanges are of each kind.
public enum ChineseKind {
    /// Capitals, elements, opposites, animals, days.
    FACT("ZhFacts", 33, Exchange.Kind.FACT),
    /// The next line of a poem, the line before, who wrote it.
    POEM("ZhPoems", 17, Exchange.Kind.FACT),
    /// What an idiom means, and how it goes on.
    IDIOM("ZhIdioms", 13, Exchange.Kind.FACT),
    /// Two numbers, worked out by the calculator.
    SUM("ZhSums", 12, Exchange.Kind.ARITHMETIC),
    /// Who is the tallest of three, and in which steps something is put away.
    REASONING("ZhReasoning", 6, Exchange.Kind.FACT),
    /// Greetings, thanks, and talk about this and that.
    SMALL_TALK("ZhSmallTalk", 7, Exchange.Kind.SMALL_TALK),
    /// Who the assistant is and what it can do.
    IDENTITY("ZhIdentity", 4, Exchange.Kind.IDENTITY),
    /// What the corpus does not tell.
    UNKNOWN("ZhUnknown", 5, Exchange.Kind.UNKNOWN),
    /// What a small model cannot do.
    REQUEST("ZhRequests", 2, Exchange.Kind.REQUEST),
    /// What means nothing.
    NONSENSE("ZhNonsense", 1, Exchange.Kind.NONSENSE);

    private final String task;
    private final int percent;
    private final Exchange.Kind exchange;

    ChineseKind(String task, int percent, Exchange.Kind exchange) {
        this.task = task;
        this.percent = percent;
        this.exchange = exchange;
    }

    /// What the task is called that asks such questions.
    public String task() {
        return task;
    }

    int percent() {
        return percent;
    }

    /// The kind that an exchange of this kind is.
    Exchange.Kind exchange() {
        return exchange;
    }
}
