package nanochat.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.ContinuousBatch;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Request;
import nanochat.engine.Sample;
import nanochat.task.Problems;
import nanochat.tokenizer.SpecialToken;

/// Asks a model problems, the answers of all of them in one continuous batch: a row that ends makes room for the next.
///
/// A draw depends on the run's seed, the step, the problem and the number of the sample, and on nothing else: not on what else is in the batch (with
/// f32 weights bit for bit), nor on what was asked before.
final class RolloutSampler {
    private final Rendering rendering;
    private final RolloutSettings settings;
    private final PolicyOptions policy;
    private final Runnable check;
    private final Set<Integer> stops;

    /// @param check called now and then; what it throws ends the rollouts
    RolloutSampler(Rendering rendering, RolloutSettings settings, PolicyOptions policy, Runnable check) {
        this.rendering = rendering;
        this.settings = settings;
        this.policy = policy;
        this.check = check;
        stops = Set.of(rendering.tokenizer().id(SpecialToken.ASSISTANT_END), rendering.tokenizer().id(SpecialToken.BOS));
    }

    /// A problem that is going to be asked.
    ///
    /// @param index its number
    /// @param tokens of the conversation that an answer goes on with
    record Prompt(int index, int[] tokens) {}

    /// What a problem is asked by; empty where that leaves no room for an answer.
    ///
    /// @param longest tokens of prompt and answer
    Optional<Prompt> prompt(Problems problems, int index, int longest) {
        return Optional.of(new Prompt(index, rendering.completionPrompt(problems.conversation(index))))
                .filter(prompt -> prompt.tokens.length < longest);
    }

    /// Answers to problems.
    ///
    /// @param prompts of the problems
    /// @param samples answers to each
    /// @param step decides the draws, with the problem
    /// @param mostRows answers under way at once
    /// @throws nanochat.io.BadInputException when a reward is no number
    List<RolloutGroup> ask(Engine engine, Problems problems, List<Prompt> prompts, int samples, int step, int mostRows) {
        List<List<Sample>> answers = answers(engine, prompts, samples, step, mostRows);
        List<RolloutGroup> groups = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            groups.add(rewarded(problems, prompts.get(i), answers.get(i)));
            check.run();
        }
        return groups;
    }

    private List<List<Sample>> answers(Engine engine, List<Prompt> prompts, int samples, int step, int mostRows) {
        List<Request> requests = new ArrayList<>();
        try (ContinuousBatch batch = engine.newBatch(mostRows)) {
            for (Prompt prompt : prompts) {
                Generation request = new Generation(settings.maximumTokens(), settings.sampling(), seed(step, prompt.index), stops, true);
                requests.add(batch.submit(prompt.tokens, samples, request, ColumnListener.NONE));
            }
            while (batch.step()) {
                check.run();
            }
        }
        return requests.stream().map(Request::samples).toList();
    }

    private RolloutGroup rewarded(Problems problems, Prompt prompt, List<Sample> answers) {
        List<Problems.Worth> worth = new ArrayList<>();
        double[] rewards = new double[answers.size()];
        for (int i = 0; i < rewards.length; i++) {
            Sample answer = answers.get(i);
            Problems.Worth one = problems.worth(prompt.index, reply(answer));
            worth.add(one);
            rewards[i] = one.reward() - policy.penalty(answer.tokens().length, settings.maximumTokens());
        }
        return new RolloutGroup(prompt.index, prompt.tokens, answers, worth, rewards);
    }

    Message.Assistant reply(Sample answer) {
        return rendering.reply(Arrays.copyOf(answer.tokens(), answer.tokens().length));
    }

    /// Of the draws of a problem's answers in a step; the number of the sample is the stream.
    private long seed(int step, int problem) {
        return mixed(mixed(settings.seed() + 0x9E3779B97F4A7C15L * step) + problem);
    }

    /// Near numbers far apart (Stafford's variant 13, as in SplittableRandom).
    private static long mixed(long z) {
        long first = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long second = (first ^ first >>> 27) * 0x94D049BB133111EBL;
        return second ^ second >>> 31;
    }
}
