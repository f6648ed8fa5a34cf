package nanochat.tokenizer;

/// Takes tokens one by one, in the order of the text.
@FunctionalInterface
public interface TokenSink {
    void accept(int token);
}
