package nanochat.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;

/// The weights of one model on one backend, under the names of the original's checkpoints (docs/formulas.md#parameters).
public final class GptParameters {
    private final GptConfig config;
    private final Backend backend;
    private final Map<String, Parameter> byName;
    private final List<Parameter> all;
    private final List<Layer> layers;
    private final Optional<ResidualStream> residualStream;
    private final Optional<ExtraHeads> extraHeads;
    private final ParameterLayout layout;

    /// The weights of one block; C is the width of the residual stream, kv that of keys and values.
    ///
    /// @param cQ queries [C, C]
    /// @param cK keys [kv, C]
    /// @param cV values [kv, C]
    /// @param cProj attention's output [C, C]
    /// @param mlpFc into the hidden layer [4C, C]
    /// @param mlpProj out of the hidden layer [C, 4C]
    /// @param valueEmbedding in every second layer, counted back from the last
    public record Layer(Parameter cQ, Parameter cK, Parameter cV, Parameter cProj, Parameter mlpFc, Parameter mlpProj,
            Optional<ValueEmbedding> valueEmbedding) {
        /// The matrices of the block in the checkpoint's order. The gate of the value embedding is one of them; its table is not.
        public List<Parameter> matrices() {
            return Stream.of(Stream.of(cQ, cK, cV, cProj), valueEmbedding.stream().map(ValueEmbedding::gate), Stream.of(mlpFc, mlpProj))
                    .flatMap(part -> part).toList();
        }
    }

    /// A second embedding of the tokens, mixed into a layer's values.
    ///
    /// @param gate one row per kv head [kv heads, 12]
    /// @param table [padded V, kv]
    public record ValueEmbedding(Parameter gate, Parameter table) {}

    /// The few numbers that steer the residual stream (July 2026).
    ///
    /// @param residLambdas weight of the stream entering each layer [L]
    /// @param x0Lambdas weight of the first embedding entering each layer [L]
    /// @param smearGate [1, 24]
    /// @param smearLambda [1]
    /// @param backoutLambda [1]
    public record ResidualStream(Parameter residLambdas, Parameter x0Lambdas, Parameter smearGate, Parameter smearLambda,
            Parameter backoutLambda) {}

    /// Blocks beside the last one, each of which predicts a token further ahead.
    ///
    /// @param residLambdas weight of the trunk entering each [heads]
    /// @param x0Lambdas weight of the first embedding entering each [heads]
    /// @param blocks of which the first predicts the token after the next
    public record ExtraHeads(Parameter residLambdas, Parameter x0Lambdas, List<Layer> blocks) {
        public ExtraHeads {
            blocks = List.copyOf(blocks);
        }
    }

    /// Allocates all parameters, zero. [#initialize] or a checkpoint fills them.
    ///
    /// @param computeType what matrix products read, F32 or BF16: the linear layers of the blocks and lm_head get a copy in it
    /// @param trained by a parameter's name: whether it is trained; one that is not has no gradient and costs none
    public GptParameters(GptConfig config, Backend backend, DType computeType, Predicate<String> trained) {
        this(config, 0, backend, computeType, trained);
    }

    /// The same with heads beside the last block.
    ///
    /// @param heads how many
    public GptParameters(GptConfig config, int heads, Backend backend, DType computeType, Predicate<String> trained) {
        this.config = config;
        this.backend = backend;
        this.layout = ParameterLayout.of(config, heads);
        this.byName = allocate(layout.entries(), backend, computeType, trained);
        this.all = layout.entries().stream().map(entry -> named(entry.name())).toList();
        this.layers = IntStream.range(0, config.layers()).mapToObj(this::assembleLayer).toList();
        this.residualStream = config.generation() == GptConfig.Generation.G2025_11
                ? Optional.empty()
                : Optional.of(new ResidualStream(named(ParameterNames.RESID_LAMBDAS), named(ParameterNames.X0_LAMBDAS),
                        named(ParameterNames.SMEAR_GATE), named(ParameterNames.SMEAR_LAMBDA), named(ParameterNames.BACKOUT_LAMBDA)));
        this.extraHeads = heads == 0
                ? Optional.empty()
                : Optional.of(new ExtraHeads(named(ParameterNames.HEAD_RESID_LAMBDAS), named(ParameterNames.HEAD_X0_LAMBDAS),
                        IntStream.range(0, heads).mapToObj(head -> assemble(ParameterNames.head(head), Optional.empty())).toList()));
    }

    /// Those that are alike (in role, shape, and whether they are trained) lie in one tensor, in the order of the layout.
    private static Map<String, Parameter> allocate(List<ParameterLayout.Entry> layout, Backend backend, DType computeType,
            Predicate<String> trained) {
        record Kind(ParameterLayout.Role role, List<Integer> shape, boolean trained) {}
        Map<Kind, List<String>> kinds = new LinkedHashMap<>();
        for (ParameterLayout.Entry entry : layout) {
            Kind kind = new Kind(entry.role(), Arrays.stream(entry.shape()).boxed().toList(), trained.test(entry.name()));
            kinds.computeIfAbsent(kind, _ -> new ArrayList<>()).add(entry.name());
        }
        Map<String, Parameter> parameters = new HashMap<>();
        kinds.forEach((kind, names) -> {
            DType type = kind.role.feedsProducts() ? computeType : DType.F32;
            int[] shape = kind.shape.stream().mapToInt(Integer::intValue).toArray();
            Parameter.allocateAll(backend, names, type, kind.trained, shape)
                    .forEach(parameter -> parameters.put(parameter.name(), parameter));
        });
        return parameters;
    }

    /// All of them trained, or none: a model that only runs forward.
    public GptParameters(GptConfig config, Backend backend, DType computeType, boolean trained) {
        this(config, backend, computeType, _ -> trained);
    }

    private Layer assembleLayer(int layer) {
        ParameterNames.Block names = ParameterNames.block(layer);
        Optional<ValueEmbedding> valueEmbedding = config.hasValueEmbedding(layer)
                ? Optional.of(new ValueEmbedding(named(names.valueGate()), named(names.valueTable())))
                : Optional.empty();
        return assemble(names, valueEmbedding);
    }

    private Layer assemble(ParameterNames.Block names, Optional<ValueEmbedding> valueEmbedding) {
        return new Layer(named(names.cQ()), named(names.cK()), named(names.cV()), named(names.cProj()), named(names.mlpFc()),
                named(names.mlpProj()), valueEmbedding);
    }

    /// Starts the weights (docs/formulas.md#parameters) and refreshes their copies. The same seed gives each name the same numbers, whatever else the
    /// model has.
    public void initialize(long seed) {
        for (ParameterLayout.Entry entry : layout.entries()) {
            backend.write(named(entry.name()).value(), entry.initialValues(seed));
        }
        refresh();
    }

    /// Brings what products read up to date with the values.
    public void refresh() {
        all.forEach(parameter -> parameter.refresh(backend));
    }

    public GptConfig config() {
        return config;
    }

    public Backend backend() {
        return backend;
    }

    /// Every parameter, in the order of the original's checkpoints.
    public List<Parameter> all() {
        return all;
    }

    /// The parameter of this name.
    ///
    /// @throws IllegalArgumentException when the model has none
    public Parameter named(String name) {
        Parameter parameter = byName.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("the model has no parameter " + name);
        }
        return parameter;
    }

    /// The token embedding [padded V, C].
    public Parameter wte() {
        return named(ParameterNames.WTE);
    }

    /// The unembedding [padded V, C].
    public Parameter lmHead() {
        return named(ParameterNames.LM_HEAD);
    }

    /// All blocks, from the first.
    public List<Layer> layers() {
        return layers;
    }

    public Layer layer(int index) {
        return layers.get(index);
    }

    /// Empty where only the next token is predicted.
    public Optional<ExtraHeads> extraHeads() {
        return extraHeads;
    }

    /// Empty in the November 2025 generation.
    public Optional<ResidualStream> residualStream() {
        return residualStream;
    }
}
