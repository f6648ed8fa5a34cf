package nanochat.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Rendering;
import nanochat.data.Fingerprints;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.InferenceGpt;
import nanochat.engine.WeightFormat;
import nanochat.eval.ChatSample;
import nanochat.io.BadInputException;
import nanochat.objective.LogProbabilities;
import nanochat.objective.PolicyGradient;
import nanochat.objective.PolicyStatistics;
import nanochat.objective.Rollouts;
import nanochat.optim.ScheduleValues;
import nanochat.task.ProblemSets;
import nanochat.task.Problems;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.RunEvent.ShownAnswer;
import tools.jackson.core.type.TypeReference;

/// Reinforcement learning: a chat model gets better at problems whose answers are rewarded (docs/formulas.md#reinforcement). [#train()] is the recipe.
///
/// A step asks the model problems, several answers to each, and makes what was worth more than the other answers to the same problem more likely.
/// Answers are written by the engine, with its cache, on a copy of the weights that it takes over from the training tensors; learning runs whole
/// answers through the model at once. A run that was killed and resumed gets the same rewards, bit for bit.
public final class ReinforcementLearning implements AutoCloseable {
    /// Answers that are written at once: enough rows that reading the weights is shared by many.
    private static final int MOST_ROWS = 128;
    /// The step whose draws are those of every evaluation, so that the same model gets the same score.
    private static final int EVALUATION = -1;
    /// Held-out problems of which an answer is kept for people to read.
    private static final int SHOWN = 8;

    private final Setup setup;
    private final ReinforcementPlan plan;
    private final RolloutSampler sampler;
    private final EngineInTraining engine;
    private final LogProbabilities reference;
    private final PolicyGradient policy;
    private final TrainingRun<RolloutPosition> run;
    private final int mostRows;

    /// What a run is made of.
    ///
    /// @param start the checkpoints of the chat model that it begins with, with their tokenizer; it is also what the distance is measured from
    /// @param checkpoints where the run saves itself, a copy of the tokenizer, and its metrics
    /// @param threads how many write answers
    /// @param userConfig the options it was asked for with, by name
    public record Setup(ReinforcementPlan plan, ProblemSets problems, CheckpointDirectory start, CheckpointDirectory checkpoints,
            int threads,
            Map<String, String> userConfig) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
        }
    }

    /// Prepares a new run, from the weights of the chat model. What a folder of that name holds already is kept under the name with
    /// `.previous` after it.
    ///
    /// @throws BadInputException when the chat model or its tokenizer cannot be read, or no problem leaves room for an answer; nothing has been
    /// touched then
    public static ReinforcementLearning start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        ReinforcementPlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, 0).check();
            Tokenizer tokenizer = Finetuning.readMeta(setup.start, plan.startStep()).tokenizer(setup.start).tokenizer();
            ModelInTraining model = new ModelInTraining(plan, backend);
            model.readWeights(setup.start, plan.startStep());
            Optional<CheckpointDirectory> earlier = setup.checkpoints.moveAside();
            TokenizerCopy copy = TokenizerCopy.save(setup.checkpoints.folder(), tokenizer);
            RunMeta<ReinforcementPlan, RolloutPosition> meta = RunMeta.beginning(plan,
                    RolloutPosition.beginning(setup.problems.training().fingerprint()), copy, setup.userConfig);
            return new ReinforcementLearning(setup, tokenizer, model,
                    new TrainingRun<>(meta, setup.checkpoints, earlier, model, listener, stop));
        }
    }

    /// Prepares to go on from a checkpoint of the run, by the plan it was begun with.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the problems or its tokenizer
    public static ReinforcementLearning resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        ReinforcementPlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, 0).check();
            RunMeta<ReinforcementPlan, RolloutPosition> meta = readMeta(setup.checkpoints, step);
            meta.checkPlan(setup.checkpoints, plan);
            RolloutPosition position = meta.state().loader();
            Fingerprints.check("problems were", position.source(), setup.problems.training().fingerprint());
            ModelInTraining model = new ModelInTraining(plan, backend);
            model.read(setup.checkpoints, step, position.updates());
            return new ReinforcementLearning(setup, meta.tokenizer(setup.checkpoints).tokenizer(), model,
                    new TrainingRun<>(meta.resumed(setup.checkpoints, plan, setup.userConfig), setup.checkpoints, model, listener, stop));
        }
    }

    /// What a checkpoint of such a model says of its run.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it is none of reinforcement learning
    public static RunMeta<ReinforcementPlan, RolloutPosition> readMeta(CheckpointDirectory checkpoints, int step) {
        return checkpoints.readMeta(step, new TypeReference<RunMeta<ReinforcementPlan, RolloutPosition>>() {
        });
    }

    private ReinforcementLearning(Setup setup, Tokenizer tokenizer, ModelInTraining model, TrainingRun<RolloutPosition> run) {
        this.setup = setup;
        this.plan = setup.plan;
        this.run = run;
        sampler = new RolloutSampler(new Rendering(tokenizer), plan.rollouts(), plan.policy(), run::checkStop);
        mostRows = Math.min(InferenceGpt.MAXIMUM_TOKENS, Math.min(MOST_ROWS, plan.rollouts().problems() * plan.rollouts().samples()));
        engine = new EngineInTraining(model.gpt().parameters(), tokenizer, EngineOptions
                .of(plan.compute() == DType.BF16 ? WeightFormat.BF16 : WeightFormat.F32, setup.threads).withRows(mostRows));
        policy = new PolicyGradient(new LogProbabilities(model.gpt(), model.tape(), plan.positions()), plan.policy().loss());
        TrainedModel before = TrainedModel.load(setup.start, plan.startStep(), model.backend(), plan.compute());
        reference = new LogProbabilities(before.gpt(), model.tape(), plan.positions());
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, a reward is none, or a checkpoint cannot be written
    public RunState<RolloutPosition> run() {
        return run.follow(this::train);
    }

    private void train() {
        while (run.goesOn()) {
            if (run.isDue(plan.cadence().evaluateEvery())) {
                evaluate();
            }
            if (run.isDueAfterSteps(plan.cadence().saveEvery())) {
                run.save();
            }

            run.beginStep();
            CollectedRollouts rollouts = collect();
            learn(rollouts, plan.schedule().at(run.stepsTaken()));
        }

        run.takeMean();
        run.save(); // before what can take long
        if (plan.cadence().evaluateEvery() > 0) {
            evaluate();
        }
    }

    /// Asks the next problems. Where that is wanted, groups from which nothing can be learned are replaced by those of further problems.
    private CollectedRollouts collect() {
        long began = System.nanoTime();
        Problems problems = setup.problems.training();
        Engine current = engine.current();
        RolloutPosition position = run.position();
        List<RolloutGroup> asked = new ArrayList<>();
        List<RolloutGroup> learned = new ArrayList<>();
        int skipped = 0;
        for (int round = 0; round <= plan.policy().resamplings() && learned.size() < plan.rollouts().problems(); round++) {
            List<RolloutSampler.Prompt> chosen = new ArrayList<>();
            for (int passed = 0; chosen.size() < plan.rollouts().problems() - learned.size(); passed++) {
                if (passed > problems.size()) {
                    throw noRoom(problems);
                }
                Optional<RolloutSampler.Prompt> prompt = sampler.prompt(problems, position.next(), current.maximumLength());
                if (prompt.isPresent()) {
                    chosen.add(prompt.get());
                    passed = -1;
                } else {
                    skipped++;
                }
                position = position.passed(problems.size());
            }
            List<RolloutGroup> groups = sampler.ask(current, problems, chosen, plan.rollouts().samples(), run.stepsTaken(), mostRows);
            asked.addAll(groups);
            learned.addAll(plan.policy().resamplings() > 0 ? groups.stream().filter(RolloutGroup::hasSignal).toList() : groups);
        }
        return new CollectedRollouts(asked, learned, position, skipped, RunJournal.secondsSince(began));
    }

    /// One or several updates by the answers of a step; none where they teach nothing.
    private void learn(CollectedRollouts rollouts, ScheduleValues schedule) {
        long began = System.nanoTime();
        List<Rollouts> batches = withReference(new PolicyBatches(plan).of(rollouts.learned()));
        int answers = batches.stream().mapToInt(ReinforcementLearning::rows).sum();
        List<PolicyStatistics> updates = new ArrayList<>();
        for (int update = 0; update < plan.policy().updatesPerStep() && !batches.isEmpty(); update++) {
            for (Rollouts batch : batches) {
                if (update == 0) { // later the weights are no longer those of a whole step
                    run.checkStop();
                }
                policy.addGradients(batch);
            }
            updates.add(policy.takeStatistics());
            run.update(updates.getLast().loss(), schedule);
        }
        double seconds = RunJournal.secondsSince(began);
        RolloutMetrics metrics = RolloutMetrics.of(rollouts, updates, answers, seconds);
        RolloutPosition.Spent spent = run.position().spent().plus(rollouts.seconds(), seconds, metrics.logProbabilityGap());
        double loss = updates.stream().mapToDouble(PolicyStatistics::loss).average().orElse(0);
        run.tell(new RunEvent.Rewarded(run.stepsTaken(), metrics));
        run.endStep(loss, schedule, rollouts.position().updated(updates.size(), spent), metrics.tokens());
    }

    private static int rows(Rollouts batch) {
        return (int) Arrays.stream(batch.shares()).filter(share -> share != 0).count();
    }

    /// With what the model that the run began with thinks of the answers; of one micro-batch alone where that is only shown.
    private List<Rollouts> withReference(List<Rollouts> batches) {
        boolean all = plan.policy().klCoefficient() > 0;
        int shown = batches.isEmpty() ? 0 : run.stepsTaken() % batches.size();
        return IntStream.range(0, batches.size()).mapToObj(i -> all || i == shown ? withReference(batches.get(i)) : batches.get(i))
                .toList();
    }

    private Rollouts withReference(Rollouts batch) {
        run.checkStop();
        return new Rollouts(batch.batch(), batch.advantages(), batch.shares(), batch.oldLogProbabilities(),
                Optional.of(reference.of(batch.batch())));
    }

    /// Asks the held-out problems, with the same draws every time.
    private void evaluate() {
        long began = System.nanoTime();
        Problems problems = setup.problems.heldOut();
        Engine current = engine.current();
        List<RolloutSampler.Prompt> chosen = IntStream.range(0, Math.min(problems.size(), plan.cadence().problems()))
                .mapToObj(problem -> sampler.prompt(problems, problem, current.maximumLength())).flatMap(Optional::stream).toList();
        if (chosen.isEmpty()) {
            throw noRoom(problems);
        }
        int samples = plan.cadence().samples();
        List<RolloutGroup> groups = sampler.ask(current, problems, chosen, samples, EVALUATION, mostRows);
        PassScores scores = PassScores.of(groups, samples);
        List<ShownAnswer> answers = groups.stream().limit(SHOWN).map(group -> new ShownAnswer(problems.question(group.problem()),
                ChatSample.view(sampler.reply(group.answers().getFirst())), group.worth().getFirst().reward(), group.worth().getFirst()
                        .solved()))
                .toList();
        run.know(run.position().measured(scores.passAt().getFirst()));
        run.tell(new RunEvent.PassMeasured(run.stepsTaken(), scores, answers, RunJournal.secondsSince(began)));
    }

    private BadInputException noRoom(Problems problems) {
        return new BadInputException("No problem of " + problems.name()
                + " leaves room for an answer: all of them fill the model's context of "
                + plan.config().sequenceLength() + " tokens");
    }

    /// Closes the engine and the journal; the backend stays open.
    @Override
    public void close() {
        engine.close();
        run.close();
    }
}
