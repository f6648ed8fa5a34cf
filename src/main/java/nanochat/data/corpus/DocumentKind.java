package nanochat.data.corpus;

/// The kinds of documents, and how many of a hundred documents are of each.
public enum DocumentKind {
    /// A short story with a problem and a good end.
    STORY(18),
    /// Somebody talks about themselves and what they like.
    INTRODUCTION(5),
    /// Paragraphs, each about one country, element, animal, day.
    PROFILES(14),
    /// Sentences about many things of one sort.
    NOTES(16),
    /// Questions, each with its answer.
    QUIZ(20),
    /// A teacher asks, children answer.
    CLASSROOM(5),
    /// Sums of small numbers, in signs, in words and in little stories.
    ARITHMETIC(6),
    /// Equations with one unknown, solved.
    EQUATIONS(10),
    /// Words letter by letter, and how often a letter occurs.
    SPELLING(6);

    private final int percent;

    DocumentKind(int percent) {
        this.percent = percent;
    }

    /// Of a hundred documents, how many are of this kind.
    public int percent() {
        return percent;
    }
}
