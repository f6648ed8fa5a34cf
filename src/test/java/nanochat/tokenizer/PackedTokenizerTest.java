package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Oracle: the tokenizer that was packed.
class PackedTokenizerTest {
    @Test
    void unpackedIsTheSameTokenizer() {
        for (Tokenizer tokenizer : List.of(Tokenizer.ofMerges(List.of()), Trained.onReferenceCorpus(900))) {
            Tokenizer unpacked = PackedTokenizer.unpack(ByteBuffer.wrap(PackedTokenizer.pack(tokenizer)));
            assertThat(unpacked.merges()).isEqualTo(tokenizer.merges());
            assertThat(unpacked.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
            assertThat(unpacked.tokenBytes()).isEqualTo(tokenizer.tokenBytes());
            for (SpecialToken token : SpecialToken.values()) {
                assertThat(unpacked.id(token)).isEqualTo(tokenizer.id(token));
            }
            assertThat(IntStream.range(0, tokenizer.vocabularySize())).allSatisfy(
                    id -> assertThat(unpacked.bytes(id)).isEqualTo(tokenizer.bytes(id)));
            for (long seed = 0; seed < 500; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                String text = RandomText.of(random, 1 + random.nextInt(200));
                int[] tokens = tokenizer.encode(text);
                assertThat(unpacked.encode(text)).as("seed %d", seed).isEqualTo(tokens);
                assertThat(unpacked.decode(tokens)).isEqualTo(tokenizer.decode(tokens));
            }
        }
    }
}
