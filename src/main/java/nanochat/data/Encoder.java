package nanochat.data;

import nanochat.tokenizer.SpecialToken;

/// Text to token ids.
public interface Encoder {
    /// The ids of ordinary text, without bos.
    int[] encode(String text);

    int id(SpecialToken token);
}
