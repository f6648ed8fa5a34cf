package nanochat.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.checkpoint.TrainedModel;
import nanochat.compare.ProbeTask.Example;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// The yardstick of representations: what a linear classifier can read off the frozen last layer, in the mean over a text's tokens. λ is chosen on a
/// quarter of the examples that the classifier learns from.
///
/// @param accuracy on texts that it did not learn from, by task
public record Probe(Map<String, Double> accuracy) {
    private static final double[] LAMBDAS = {1e-4, 1e-3, 1e-2, 1e-1, 1};
    private static final int LONGEST = 96;

    public Probe {
        accuracy = new TreeMap<>(accuracy);
    }

    /// Of all tasks.
    public double mean() {
        return accuracy.values().stream().mapToDouble(share -> share).average().orElse(0);
    }

    static Probe measure(MeasuredModel measured, List<ProbeTask> tasks) {
        TextPass pass = new TextPass(measured.model(), measured.compute(), LONGEST);
        IntFunction<Visibility> sight = ScoringRule.sight(measured.objective(), pass);
        return new Probe(tasks.stream().collect(Collectors.toMap(task -> task.kind().title(), task -> accuracy(task, measured.model(), pass,
                sight))));
    }

    private static double accuracy(ProbeTask task, TrainedModel model, TextPass pass, IntFunction<Visibility> sight) {
        double[][] learned = features(task.learned(), model.tokenizer(), pass, sight);
        double[][] asked = features(task.asked(), model.tokenizer(), pass, sight);
        return accuracy(learned, labels(task.learned()), asked, labels(task.asked()), task.classes());
    }

    static double accuracy(double[][] learned, int[] learnedLabels, double[][] asked, int[] askedLabels, int classes) {
        int fitted = learned.length * 3 / 4;
        double best = Arrays.stream(LAMBDAS).boxed().max((a, b) -> Double.compare(chosen(learned, learnedLabels, classes, fitted, a),
                chosen(learned, learnedLabels, classes, fitted, b))).orElseThrow();
        return RidgeClassifier.fit(learned, learnedLabels, classes, best).accuracy(asked, askedLabels);
    }

    private static double chosen(double[][] features, int[] labels, int classes, int fitted, double lambda) {
        return RidgeClassifier.fit(Arrays.copyOf(features, fitted), Arrays.copyOf(labels, fitted), classes, lambda).accuracy(Arrays
                .copyOfRange(features, fitted, features.length), Arrays.copyOfRange(labels, fitted, labels.length));
    }

    private static int[] labels(List<Example> examples) {
        return examples.stream().mapToInt(Example::label).toArray();
    }

    /// Texts of one length go through the model together.
    private static double[][] features(List<Example> examples, Tokenizer tokenizer, TextPass pass, IntFunction<Visibility> sight) {
        Map<Integer, List<Integer>> byLength = new LinkedHashMap<>();
        List<int[]> texts = examples.stream().map(example -> IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)), Arrays.stream(
                tokenizer.encode(example.text()))).limit(LONGEST).toArray()).toList();
        for (int i = 0; i < texts.size(); i++) {
            byLength.computeIfAbsent(texts.get(i).length, _ -> new ArrayList<>()).add(i);
        }
        double[][] features = new double[texts.size()][];
        byLength.values().forEach(some -> {
            double[][] means = pass.meanHidden(some.stream().map(texts::get).toList(), sight);
            IntStream.range(0, some.size()).forEach(i -> features[some.get(i)] = means[i]);
        });
        return features;
    }
}
