package nanochat.chat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.StoredTensors;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.model.GptConfig;
import nanochat.model.GptConfigFields;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Checkpoints of small models for tests. Their vocabulary is the 256 bytes and the special tokens.
public final class TestModels {
    public static final Tokenizer TOKENIZER = Tokenizer.ofMerges(List.of());
    public static final int STEP = 7;

    private TestModels() {
    }

    /// What a scripted model says: after a token, one of those that follow it in any of the chains.
    public static final class Script {
        private final List<int[]> chains = new ArrayList<>();

        /// Adds a chain of [SpecialToken]s and strings. In a script a token has as many successors as chains say; equally likely ones are drawn.
        public Script chain(Object... words) {
            chains.add(Arrays.stream(words).flatMapToInt(word -> switch (word) {
                case SpecialToken token -> IntStream.of(TOKENIZER.id(token));
                case String text -> Arrays.stream(TOKENIZER.encode(text));
                default -> throw new IllegalArgumentException("neither a token nor text: " + word);
            }).toArray());
            return this;
        }
    }

    /// A model that looks only at the last token: each token's embedding is a direction of its own, the layers add nothing, and lm_head has
    /// the successors.
    public static CheckpointDirectory saveScripted(Path models, String tag, int context, Script script) {
        GptConfig config = new GptConfig(context, TOKENIZER.vocabularySize(), 1, 2, 2, 272, "L", GptConfig.Generation.G2026_07);
        int width = config.embedding();
        return save(models, tag, config, (parameter, values) -> {
            switch (parameter.name()) {
                case "x0_lambdas" -> Arrays.fill(values, 1);
                case "transformer.wte.weight" -> {
                    for (int token = 0; token < TOKENIZER.vocabularySize(); token++) {
                        values[token * width + token] = 1;
                    }
                }
                case "lm_head.weight" -> {
                    for (int[] chain : script.chains) {
                        for (int i = 1; i < chain.length; i++) {
                            values[chain[i] * width + chain[i - 1]] = 1;
                        }
                    }
                }
                default -> {
                }
            }
        });
    }

    /// A model whose every part shows in what it says, which is ASCII and means nothing: windows of 128, value embeddings, grouped heads.
    public static CheckpointDirectory saveRandom(Path models, String tag, int context, long seed) {
        GptConfig config = new GptConfig(context, TOKENIZER.vocabularySize(), 3, 2, 1, 32, "SSL", GptConfig.Generation.G2026_07);
        return save(models, tag, config, (parameter, values) -> {
            SplittableRandom random = new SplittableRandom(seed + parameter.name().hashCode());
            for (int i = 0; i < values.length; i++) {
                boolean said = !parameter.name().equals("lm_head.weight") || i / config.embedding() < 128
                        || i / config.embedding() == TOKENIZER.id(SpecialToken.ASSISTANT_END);
                values[i] = said ? (float) random.nextDouble(-0.4, 0.4) : 0;
            }
        });
    }

    /// A model of zeros with a tokenizer that has one token more.
    public static CheckpointDirectory saveWithOtherTokenizer(Path models, String tag) {
        Tokenizer other = Tokenizer.ofMerges(List.of(new Merge('a', 'b')));
        GptConfig config = new GptConfig(64, other.vocabularySize(), 1, 2, 2, 32, "L", GptConfig.Generation.G2026_07);
        return save(models, tag, config, other, (parameter, values) -> {});
    }

    private static CheckpointDirectory save(Path models, String tag, GptConfig config, BiConsumer<Parameter, float[]> fill) {
        return save(models, tag, config, TOKENIZER, fill);
    }

    private static CheckpointDirectory save(Path models, String tag, GptConfig config, Tokenizer tokenizer,
            BiConsumer<Parameter, float[]> fill) {
        CheckpointDirectory checkpoints = CheckpointDirectory.of(models, tag);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32); Arena arena = Arena.ofConfined()) {
            GptParameters parameters = new GptParameters(config, backend, DType.F32, false);
            for (Parameter parameter : parameters.all()) {
                float[] values = new float[Arrays.stream(parameter.value().shape()).reduce(1, Math::multiplyExact)];
                fill.accept(parameter, values);
                backend.write(parameter.value(), values);
            }
            String sha256 = TokenizerCopy.save(checkpoints.folder(), tokenizer).sha256();
            checkpoints.save(STEP, StoredTensors.of(backend, StoredTensors.values(parameters), arena), List.of(),
                    new ModelMeta(STEP, GptConfigFields.of(config), sha256));
        }
        return checkpoints;
    }
}
