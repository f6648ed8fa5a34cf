package nanochat.data.corpus;

/// Something that is so: the relation, what it is about, and the answer. `(CAPITAL, "France", "Paris")`.
public record Fact(Relation relation, String subject, String answer) {
    public Fact {
        if (subject.isBlank() || answer.isBlank()) {
            throw new IllegalArgumentException(relation + " fact without a subject or an answer: '" + subject + "', '" + answer + "'");
        }
    }
}
