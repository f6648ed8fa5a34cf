package nanochat.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// What is trained beside a model whose own weights stay as they are. docs/tuning.md has formulas and sources.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
public sealed interface Tuning {
    /// Updates of low rank (LoRA, arXiv 2106.09685): a matrix W [out, in] becomes W + B A with A [rank, in] and B [out, rank]. The paper's factor
    /// alpha / rank is in B: it starts at zero, and AdamW's steps do not depend on the size of its gradients, so B as many times as fast is the
    /// same run.
    ///
    /// @param rank of every update
    /// @param alpha B learns alpha / rank times as fast as A
    /// @param matrices that are updated, of every block
    @JsonTypeName("lora")
    record LowRank(int rank, double alpha, List<BlockMatrix> matrices) implements Tuning {
        public static final int DEFAULT_RANK = 8;
        public static final double DEFAULT_ALPHA = 16;
        public static final List<BlockMatrix> DEFAULT_MATRICES = List.of(BlockMatrix.C_Q, BlockMatrix.C_V);

        public LowRank {
            if (rank < 1) {
                throw BadInputException.about("%s must be at least 1, is %d", RANK, rank);
            }
            if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
                throw BadInputException.about("%s must be above 0, is %s", new Setting("lora_alpha"), alpha);
            }
            matrices = matrices.stream().distinct().sorted().toList();
            if (matrices.isEmpty()) {
                throw BadInputException.about("%s names no matrix", new Setting("lora_matrices"));
            }
        }

        /// How many times as fast as A the matrix B learns.
        public double scale() {
            return alpha / rank;
        }

        private void add(List<ParameterLayout.Entry> entries, ParameterLayout model, ParameterNames.Block block, BlockMatrix matrix) {
            String updated = matrix.nameIn(block);
            int[] shape = model.shape(updated);
            if (rank > Math.min(shape[0], shape[1])) {
                throw BadInputException.about("%s %d: %s is a matrix of %d x %d, an update of it has at most rank %d", RANK, rank, matrix,
                        shape[0], shape[1], Math.min(shape[0], shape[1]));
            }
            entries.add(new ParameterLayout.Entry(nameOfA(updated), ParameterLayout.Role.BLOCK_MATRIX, Initialization.symmetric(
                    1 / Math.sqrt(shape[1])), rank, shape[1]));
            entries.add(new ParameterLayout.Entry(nameOfB(updated), ParameterLayout.Role.BLOCK_MATRIX, new Initialization.Constant(0),
                    shape[0], rank));
        }
    }

    /// Keys and values before the first token, in every layer, that no token ever had (prefix tuning, arXiv 2101.00190).
    ///
    /// @param tokens for how many positions
    @JsonTypeName("prefix")
    record Prefix(int tokens) implements Tuning {
        public static final int DEFAULT_TOKENS = 16;

        public Prefix {
            if (tokens < 1) {
                throw BadInputException.about("%s must be at least 1, is %d", PREFIX_TOKENS, tokens);
            }
        }

        private void add(List<ParameterLayout.Entry> entries, GptConfig config, ParameterNames.Block block) {
            if (tokens >= config.sequenceLength()) {
                throw BadInputException.about("%s %d: the model sees %d tokens, so there is no room for text behind the prefix",
                        PREFIX_TOKENS, tokens, config.sequenceLength());
            }
            for (String name : List.of(nameOfKeys(block), nameOfValues(block))) {
                entries.add(new ParameterLayout.Entry(name, ParameterLayout.Role.BLOCK_MATRIX, new Initialization.Normal(1), tokens, config
                        .kvWidth()));
            }
        }
    }

    Setting RANK = new Setting("rank");
    Setting PREFIX_TOKENS = new Setting("prefix_tokens");

    /// As on the command line.
    default String title() {
        return switch (this) {
            case LowRank _ -> "lora";
            case Prefix _ -> "prefix";
        };
    }

    /// Its parameters, under the names that others use for such, and how they start.
    ///
    /// @throws BadInputException when a model of this shape cannot be tuned so
    default List<ParameterLayout.Entry> layout(GptConfig config) {
        List<ParameterLayout.Entry> entries = new ArrayList<>();
        switch (this) {
            case LowRank lora -> {
                ParameterLayout model = ParameterLayout.of(config);
                for (int layer = 0; layer < config.layers(); layer++) {
                    for (BlockMatrix matrix : lora.matrices) {
                        lora.add(entries, model, ParameterNames.block(layer), matrix);
                    }
                }
            }
            case Prefix prefix -> {
                for (int layer = 0; layer < config.layers(); layer++) {
                    prefix.add(entries, config, ParameterNames.block(layer));
                }
            }
        }
        return List.copyOf(entries);
    }

    /// How many numbers are trained.
    default long parameters(GptConfig config) {
        return layout(config).stream().mapToLong(ParameterLayout.Entry::size).sum();
    }

    /// In a few words.
    default String describe() {
        return switch (this) {
            case LowRank lora -> "updates of rank " + lora.rank + " of " + lora.matrices.stream().map(BlockMatrix::toString).collect(
                    Collectors.joining(", "));
            case Prefix prefix -> "keys and values of " + prefix.tokens + " positions before the text";
        };
    }

    /// Positions before the first token.
    default int prefixTokens() {
        return switch (this) {
            case LowRank _ -> 0;
            case Prefix prefix -> prefix.tokens;
        };
    }

    /// The keys of a prefix in a block, [tokens, kv]: `transformer.h.0.attn.prefix_k`.
    static String nameOfKeys(ParameterNames.Block block) {
        return block.cK().replaceFirst("c_k.weight$", "prefix_k");
    }

    /// The values.
    static String nameOfValues(ParameterNames.Block block) {
        return block.cV().replaceFirst("c_v.weight$", "prefix_v");
    }

    /// Whether a tensor of this name is of a prefix.
    static boolean isOfPrefix(String name) {
        return name.endsWith(".attn.prefix_k") || name.endsWith(".attn.prefix_v");
    }

    /// The first factor of the update of a matrix: `transformer.h.0.attn.c_q.lora_A.weight`.
    static String nameOfA(String matrix) {
        return matrix.replaceFirst("weight$", "lora_A.weight");
    }

    /// The second one.
    static String nameOfB(String matrix) {
        return matrix.replaceFirst("weight$", "lora_B.weight");
    }
}
