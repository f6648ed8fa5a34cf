package nanochat.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// jtokkit with our split pattern and the vocabulary of one of our tokenizers.
final class JtokkitOracle {
    private JtokkitOracle() {
    }

    static Encoding of(Tokenizer tokenizer) {
        IdentityHashMap<byte[], Integer> ranks = new IdentityHashMap<>();
        for (int id = 0; id < Tokenizer.BYTES + tokenizer.merges().size(); id++) {
            ranks.put(tokenizer.bytes(id), id);
        }
        Pattern pattern = Pattern.compile(SplitPattern.REGEX, Pattern.UNICODE_CHARACTER_CLASS);
        var registry = Encodings.newLazyEncodingRegistry();
        registry.registerGptBytePairEncoding(new GptBytePairEncodingParams("nanochat", pattern, ranks, Map.of()));
        return registry.getEncoding("nanochat").orElseThrow();
    }
}
