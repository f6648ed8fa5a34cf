package nanochat.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import nanochat.model.GptConfig.Generation;

/// A [GptConfig] as the original's JSON spells it: `sequence_len`, `vocab_size`, `n_layer`, `n_head`, `n_kv_head`, `n_embd`,
/// `window_pattern`. The generation is not among the fields, so whoever reads them says which it is; models of November 2025 have no
/// window pattern, which means the whole context in every layer.
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record GptConfigFields(int sequenceLen, int vocabSize, int nLayer, int nHead, int nKvHead, int nEmbd,
        Optional<String> windowPattern) {
    public static GptConfigFields of(GptConfig config) {
        Optional<String> pattern = config.generation() == Generation.G2025_11 ? Optional.empty() : Optional.of(config.windowPattern());
        return new GptConfigFields(config.sequenceLength(), config.vocabularySize(), config.layers(), config.heads(), config.kvHeads(),
                config.embedding(), pattern);
    }

    /// @throws nanochat.io.BadInputException when the sizes do not fit together
    public GptConfig toConfig(Generation generation) {
        return new GptConfig(sequenceLen, vocabSize, nLayer, nHead, nKvHead, nEmbd, windowPattern.orElse(GptConfig.WHOLE_CONTEXT),
                generation);
    }
}
