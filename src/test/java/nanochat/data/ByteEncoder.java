package nanochat.data;

import java.nio.charset.StandardCharsets;
import nanochat.tokenizer.SpecialToken;

/// A vocabulary of the 256 bytes and bos.
final class ByteEncoder implements Encoder {
    static final int BOS = 256;

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[i] & 0xFF;
        }
        return ids;
    }

    @Override
    public int id(SpecialToken token) {
        return BOS + token.ordinal();
    }
}
