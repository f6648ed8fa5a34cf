package nanochat.data.corpus;

/// The kinds of documents, and how many of a hundred documents are of each.
public enum DocumentKind {
    /// A short story with a problem and a good end.
    STORY(12),
    /// Somebody talks about themselves and what they like.
    INTRODUCTION(4),
    /// Paragraphs, each about one country, element, animal, day.
    PROFILES(12),
    /// Sentences about many things of one sort.
    NOTES(16),
    /// Questions, each with its answer.
    QUIZ(20),
    /// A teacher asks, children answer.
    CLASSROOM(3),
    /// Sums of small numbers, in signs, in words and in little stories.
    ARITHMETIC(6),
    /// Equations with one unknown, solved.
    EQUATIONS(8),
    /// Words letter by letter, and how often a letter occurs.
    SPELLING(5),
    /// Questions as people type them, with the replies of the conversations.
    TALK(14);

    private final int percent;

    DocumentKind(int percent) {
        this.percent = percent;
    }

    /// Of a hundred documents, how many are of this kind.
    public int percent() {
        return percent;
    }
}
