package nanochat.engine;

import java.util.List;

/// Continues prompts: an [Engine] of one's own, or a place in a [SharedBatch], where others generate at the same time. Whoever only
/// generates (a chat, an evaluation, rollouts) asks for this and need not know which.
///
/// The tokens are the same in both (with f32 weights bit for bit; other formats have products that round differently for one row and for many).
public interface Generator {
    /// The share of the context that is kept free for an answer that may be longer.
    int ANSWERS_SHARE = 4;

    /// The most tokens of prompt and answer together.
    int maximumLength();

    /// The longest prompt that leaves room for an answer of `maximumTokens`, or, where that is more than a quarter of the context, for one
    /// of a quarter.
    default int longestPrompt(int maximumTokens) {
        return maximumLength() - Math.min(maximumTokens, maximumLength() / ANSWERS_SHARE);
    }

    /// An empty context for [#generate(Sequence, int[], int, Generation, ColumnListener)]: what is kept of one conversation between its turns.
    /// When others need the memory, it is forgotten and read again at the next turn.
    Sequence newContext();

    /// Gives a context's memory back; it is empty afterwards.
    void release(Sequence context);

    /// Generates `samples` continuations of `prompt`. Of `context` everything that agrees with the prompt is reused, so only what is new is
    /// prefilled. Afterwards `context` holds the prompt, and with one sample also what was generated (but for its last token, which
    /// nothing has followed).
    ///
    /// @param listener sees the tokens as they come and may end all rows; it may be called on another thread than the caller's, and then others
    ///     wait for it
    /// @throws nanochat.io.BadInputException when the prompt is empty, leaves no room for a token, has an id that the model does not know, or
    /// needs more memory with its answer than there is in all
    List<Sample> generate(Sequence context, int[] prompt, int samples, Generation request, ColumnListener listener);

    /// Generates `samples` continuations of `prompt` and forgets them.
    default List<Sample> generate(int[] prompt, int samples, Generation request, ColumnListener listener) {
        Sequence context = newContext();
        try {
            return generate(context, prompt, samples, request, listener);
        } finally {
            release(context);
        }
    }

    /// Generates `samples` continuations of each of many prompts, as many at a time as there are rows: when one ends, the next takes its place. Sample
    /// s of prompt p draws from stream `p * samples + s` of the request's seed.
    ///
    /// @param afterEachPrompt called on the caller's thread whenever the last sample of a prompt has ended, for instance to show progress
    /// @return for each prompt, in order, its samples
    /// @throws nanochat.io.BadInputException as [#generate] does, before anything is generated
    List<List<Sample>> generateAll(List<int[]> prompts, int samples, Generation request, Runnable afterEachPrompt);
}
