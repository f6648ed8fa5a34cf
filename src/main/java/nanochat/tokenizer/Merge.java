package nanochat.tokenizer;

/// One rule of the byte-pair encoding: the tokens `left` and `right`, side by side, become one new token.
public record Merge(int left, int right) {}
