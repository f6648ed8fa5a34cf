package nanochat.engine;

/// What guesses came to, of all rows that were decoded with them.
///
/// @param passes of the model over a newest token and the guesses behind it
/// @param guessed tokens in them beside the newest
/// @param accepted those of them that the row then took
public record Drafts(long passes, long guessed, long accepted) {
    static final Drafts NONE = new Drafts(0, 0, 0);

    /// Tokens that a pass gave beside the one that it would have given without guesses.
    public double acceptedPerPass() {
        return passes == 0 ? 0 : accepted / (double) passes;
    }

    /// What has been added since `before`.
    public Drafts since(Drafts before) {
        return new Drafts(passes - before.passes, guessed - before.guessed, accepted - before.accepted);
    }
}
