package nanochat.optim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import nanochat.model.GptParameters;
import nanochat.model.GptParameters.ValueEmbedding;
import nanochat.tensor.Parameter;

/// Who is updated how (docs/formulas.md#optimizer): Muon for the matrices of the blocks, AdamW for everything else.
public final class ParameterGroups {
    /// The width that the AdamW learning rates were tuned at; they fall with the root of the width.
    private static final double REFERENCE_WIDTH = 768;
    private static final double SMEAR_AND_BACKOUT_LR = 0.2;
    private static final double MUON_BETA2 = 0.9;

    private ParameterGroups() {
    }

    /// The groups of a model in the order of the original: lm_head, wte, value embeddings, resid_lambdas, x0_lambdas, smear and
    /// backout; then the matrices by shape, the smaller shape first. A model without one of these has no group for it.
    public static List<ParameterGroup> of(GptParameters parameters, OptimizerSettings settings) {
        double widthScale = Math.pow(parameters.config().embedding() / REFERENCE_WIDTH, -0.5);
        double unembeddingLr = settings.unembeddingLr() * widthScale;
        double embeddingLr = settings.embeddingLr() * widthScale;

        List<ParameterGroup> groups = new ArrayList<>();
        groups.add(new AdamWGroup(List.of(parameters.lmHead()), unembeddingLr, 0.8, 0.96, 0.01));
        groups.add(new AdamWGroup(List.of(parameters.wte()), embeddingLr, 0.8, 0.995, 0.001));
        List<Parameter> valueEmbeddings = parameters.layers().stream().flatMap(layer -> layer.valueEmbedding().stream())
                .map(ValueEmbedding::table).toList();
        if (!valueEmbeddings.isEmpty()) {
            groups.add(new AdamWGroup(valueEmbeddings, embeddingLr * 0.5, 0.8, 0.995, 0.01));
        }
        parameters.residualStream().ifPresent(stream -> {
            groups.add(new AdamWGroup(List.of(stream.residLambdas()), settings.scalarLr() * 0.01, 0.8, 0.95, 0.05));
            groups.add(new AdamWGroup(List.of(stream.x0Lambdas()), settings.scalarLr(), 0.96, 0.95, 0));
            groups.add(new AdamWGroup(List.of(stream.smearGate(), stream.smearLambda(), stream.backoutLambda()), SMEAR_AND_BACKOUT_LR,
                    0.8, 0.95, 0));
        });
        for (List<Parameter> matrices : matricesByShape(parameters)) {
            groups.add(new MuonGroup(matrices, settings.matrixLr(), MUON_BETA2, settings.weightDecay()));
        }
        return List.copyOf(groups);
    }

    private static Iterable<List<Parameter>> matricesByShape(GptParameters parameters) {
        record Shape(int rows, int columns) {}
        var byShape = new TreeMap<Shape, List<Parameter>>(Comparator.comparingInt(Shape::rows).thenComparingInt(Shape::columns));
        for (GptParameters.Layer layer : parameters.layers()) {
            for (Parameter matrix : layer.matrices()) {
                Shape shape = new Shape(matrix.value().rows(), matrix.value().columns());
                byShape.computeIfAbsent(shape, _ -> new ArrayList<>()).add(matrix);
            }
        }
        return byShape.values();
    }
}
