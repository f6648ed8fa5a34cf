package nanochat.optim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import nanochat.model.AdapterParameters;
import nanochat.model.GptParameters;
import nanochat.model.GptParameters.ValueEmbedding;
import nanochat.model.Tuning;
import nanochat.tensor.Parameter;

/// Who is updated how (docs/formulas.md#optimizer): Muon for the matrices of the blocks, AdamW for everything else.
public final class ParameterGroups {
    /// The width that the AdamW learning rates were tuned at; they fall with the root of the width.
    private static final double REFERENCE_WIDTH = 768;
    private static final double SMEAR_AND_BACKOUT_LR = 0.2;
    private static final double MUON_BETA2 = 0.9;

    private static final double ADAPTER_BETA1 = 0.9;
    private static final double ADAPTER_BETA2 = 0.999;

    private ParameterGroups() {
    }

    /// The groups of a model in the order of the original: lm_head, wte, value embeddings, resid_lambdas, x0_lambdas, smear and
    /// backout, the lambdas of extra heads; then the matrices by shape, the smaller shape first. Parameters that are not trained are in none, and where
    /// nothing is left there is no group.
    public static List<ParameterGroup> of(GptParameters parameters, OptimizerSettings settings) {
        double widthScale = Math.pow(parameters.config().embedding() / REFERENCE_WIDTH, -0.5);
        double unembeddingLr = settings.unembeddingLr() * widthScale;
        double embeddingLr = settings.embeddingLr() * widthScale;

        List<ParameterGroup> groups = new ArrayList<>();
        addTrained(groups, List.of(parameters.lmHead()), trained -> new AdamWGroup(trained, unembeddingLr, 0.8, 0.96, 0.01));
        addTrained(groups, List.of(parameters.wte()), trained -> new AdamWGroup(trained, embeddingLr, 0.8, 0.995, 0.001));
        List<Parameter> valueEmbeddings = parameters.layers().stream().flatMap(layer -> layer.valueEmbedding().stream())
                .map(ValueEmbedding::table).toList();
        addTrained(groups, valueEmbeddings, trained -> new AdamWGroup(trained, embeddingLr * 0.5, 0.8, 0.995, 0.01));
        parameters.residualStream().ifPresent(stream -> {
            double scalarLr = settings.scalarLr();
            addTrained(groups, List.of(stream.residLambdas()), trained -> new AdamWGroup(trained, scalarLr * 0.01, 0.8, 0.95, 0.05));
            addTrained(groups, List.of(stream.x0Lambdas()), trained -> new AdamWGroup(trained, scalarLr, 0.96, 0.95, 0));
            addTrained(groups, List.of(stream.smearGate(), stream.smearLambda(), stream.backoutLambda()),
                    trained -> new AdamWGroup(trained, SMEAR_AND_BACKOUT_LR, 0.8, 0.95, 0));
        });
        parameters.extraHeads().ifPresent(heads -> {
            addTrained(groups, List.of(heads.residLambdas()), trained -> new AdamWGroup(trained, settings.scalarLr() * 0.01, 0.8, 0.95,
                    0.05));
            addTrained(groups, List.of(heads.x0Lambdas()), trained -> new AdamWGroup(trained, settings.scalarLr(), 0.96, 0.95, 0));
        });
        for (List<Parameter> matrices : matricesByShape(parameters)) {
            addTrained(groups, matrices, trained -> new MuonGroup(trained, settings.matrixLr(), MUON_BETA2, settings.weightDecay()));
        }
        return List.copyOf(groups);
    }

    /// The groups of what is trained beside a model: AdamW without weight decay. Of updates of low rank the second factors learn faster than the first
    /// ones, [Tuning.LowRank#scale].
    public static List<ParameterGroup> of(AdapterParameters adapter, double learningRate) {
        return switch (adapter.tuning()) {
            case Tuning.Prefix _ -> List.of(new AdamWGroup(adapter.all(), learningRate, ADAPTER_BETA1, ADAPTER_BETA2, 0));
            case Tuning.LowRank lora -> List.of(
                    new AdamWGroup(adapter.firstFactors(), learningRate, ADAPTER_BETA1, ADAPTER_BETA2, 0),
                    new AdamWGroup(adapter.secondFactors(), learningRate * lora.scale(), ADAPTER_BETA1, ADAPTER_BETA2, 0));
        };
    }

    private static void addTrained(List<ParameterGroup> groups, List<Parameter> parameters,
            Function<List<Parameter>, ParameterGroup> rule) {
        List<Parameter> trained = parameters.stream().filter(Parameter::isTrained).toList();
        if (!trained.isEmpty()) {
            groups.add(rule.apply(trained));
        }
    }

    private static Iterable<List<Parameter>> matricesByShape(GptParameters parameters) {
        record Shape(int rows, int columns) {}
        var byShape = new TreeMap<Shape, List<Parameter>>(Comparator.comparingInt(Shape::rows).thenComparingInt(Shape::columns));
        List<GptParameters.Layer> blocks = new ArrayList<>(parameters.layers());
        parameters.extraHeads().ifPresent(heads -> blocks.addAll(heads.blocks()));
        for (GptParameters.Layer layer : blocks) {
            for (Parameter matrix : layer.matrices()) {
                Shape shape = new Shape(matrix.value().rows(), matrix.value().columns());
                byShape.computeIfAbsent(shape, _ -> new ArrayList<>()).add(matrix);
            }
        }
        return byShape.values();
    }
}
