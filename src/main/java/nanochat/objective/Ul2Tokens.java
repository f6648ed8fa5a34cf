package nanochat.objective;

/// The tokens that a model of `ul2` has behind those of its tokenizer: sentinels, which it reads and predicts, and behind them the modes, which it reads.
///
/// @param first the size of the tokenizer's vocabulary
record Ul2Tokens(int first) {
    /// As many as T5 has, of which UL2 took them over. One more than the spans of a text.
    static final int SENTINELS = 100;
    /// All of them.
    static final int COUNT = SENTINELS + Denoiser.Mode.values().length;

    /// What stands where a span was, and before its tokens where they are asked for.
    ///
    /// @param span counted from 0
    int sentinel(int span) {
        return first + span;
    }

    /// What stands before a text.
    int mode(Denoiser.Mode mode) {
        return first + SENTINELS + mode.ordinal();
    }

    /// For people.
    ///
    /// @param extra which of them, counted from 0
    static String name(int extra) {
        return extra < SENTINELS ? "⟨" + extra + "⟩" : "[" + Denoiser.Mode.values()[extra - SENTINELS] + "]";
    }
}
