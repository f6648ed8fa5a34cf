package nanochat.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.checkpoint.TrainedModel;
import nanochat.compare.ScoringRule.Candidate;
import nanochat.objective.PrefixContinuation;
import nanochat.tokenizer.Tokenizer;

/// The yardstick of blanks: of how many questions a model prefers the right candidate, by the rule of its own objective.
///
/// @param right of the questions
/// @param asked questions; those are left out of which a candidate is too long for one of the rules, whatever the objective
public record Cloze(int right, int asked) {
    /// Questions; the share that is right has a standard error of 3 points then.
    static final int QUESTIONS = 240;
    private static final int LONGEST = 96;

    /// Their share.
    public double share() {
        return (double) right / asked;
    }

    /// Empty where the objective has no rule, or there is nothing to ask.
    static Optional<Cloze> measure(MeasuredModel measured, List<Blank> blanks) {
        Optional<ScoringRule> rule = ScoringRule.of(measured.objective());
        if (rule.isEmpty() || blanks.isEmpty()) {
            return Optional.empty();
        }
        TrainedModel model = measured.model();
        TextPass pass = new TextPass(model, measured.compute(), LONGEST);
        int[] before = PrefixContinuation.before(measured.objective(), model.tokenizer().vocabularySize());
        int[] right = {0};
        int[] asked = {0};
        for (Blank blank : blanks) {
            candidates(blank, before, model.tokenizer()).ifPresent(candidates -> {
                asked[0]++;
                right[0] += best(rule.get(), pass, model.tokenizer().vocabularySize(), candidates) == blank.right() ? 1 : 0;
            });
        }
        return asked[0] == 0 ? Optional.empty() : Optional.of(new Cloze(right[0], asked[0]));
    }

    private static int best(ScoringRule rule, TextPass pass, int mask, List<Candidate> candidates) {
        double[] scores = candidates.stream().mapToDouble(candidate -> rule.score(pass, mask, candidate)).toArray();
        return IntStream.range(0, scores.length).reduce((best, i) -> scores[i] > scores[best] ? i : best).orElseThrow();
    }

    /// Behind bos, as documents begin; empty where one is too long.
    ///
    /// @param before what the objective reads before every text
    private static Optional<List<Candidate>> candidates(Blank blank, int[] before, Tokenizer tokenizer) {
        List<int[]> texts = blank.texts().stream().map(text -> IntStream.concat(Arrays.stream(before), Arrays.stream(WritingTask.behindBos(
                tokenizer, text))).toArray()).toList();
        int from = Math.max(1, Blank.commonBeginning(texts));
        int behind = Blank.commonEnd(texts, from);
        boolean fits = texts.stream().allMatch(text -> text.length <= LONGEST && text.length - behind
                - from <= ScoringRule.LONGEST_STRETCH);
        return fits ? Optional.of(texts.stream().map(text -> new Candidate(text, from, text.length - behind)).toList()) : Optional.empty();
    }
}
