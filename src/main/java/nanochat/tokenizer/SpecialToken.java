package nanochat.tokenizer;

/// The nine special tokens, in the order of their ids, which follow the merges. Ordinary text never encodes to one of them.
public enum SpecialToken {
    BOS("<|bos|>"), USER_START("<|user_start|>"), USER_END("<|user_end|>"), ASSISTANT_START("<|assistant_start|>"), ASSISTANT_END(
            "<|assistant_end|>"), PYTHON_START("<|python_start|>"), PYTHON_END("<|python_end|>"), OUTPUT_START(
                    "<|output_start|>"), OUTPUT_END("<|output_end|>");

    private final String text;

    SpecialToken(String text) {
        this.text = text;
    }

    /// How the token is written in views for people.
    public String text() {
        return text;
    }
}
