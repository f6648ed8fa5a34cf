package nanochat.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.io.Machine;
import nanochat.io.Progress;
import nanochat.io.Setting;
import nanochat.model.Flops;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.OptimizerSettings;
import nanochat.page.Block;
import nanochat.page.Block.Fact;
import nanochat.page.Document;
import nanochat.page.Words;
import nanochat.tokenizer.TokenizerEvaluation;
import nanochat.train.FinetuningPlan;
import nanochat.train.PreferencePlan;
import nanochat.train.PretrainingPlan;
import nanochat.train.ReinforcementPlan;
import nanochat.train.RunPlan;
import tools.jackson.databind.JsonNode;

/// What a model was made with: its tokenizer, the options, what followed from them, and the machine.
final class SetupSections {
    private SetupSections() {
    }

    static Document.Section tokenizer(TokenizerEvaluation.Result result) {
        List<String> header = new ArrayList<>(List.of("bytes per token"));
        result.vocabularies().forEach(vocabulary -> header.add(vocabulary.name() + " (" + Words.whole(vocabulary.size()) + ")"));
        header.add("bytes");
        List<List<String>> rows = new ArrayList<>();
        for (TokenizerEvaluation.Row row : result.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.sample()));
            IntStream.range(0, row.tokens().size()).forEach(i -> cells.add(Words.decimals(row.bytesPerToken(i), 2)));
            cells.add(Words.whole(row.bytes()));
            rows.add(cells);
        }
        return new Document.Section("Tokenizer", List.of(new Block.Paragraph("A vocabulary of "
                + Words.whole(result.vocabularies().getFirst().size())
                + " tokens. How many bytes of text one token stands for shows which kinds of text it was trained on."),
                new Block.Table("Compression", header, rows)));
    }

    static Document.Section configuration(List<StageRun> stages, Function<Setting, String> names) {
        List<Block> blocks = new ArrayList<>();
        stages.stream().flatMap(run -> run.config().stream()).findFirst().ifPresent(config -> {
            blocks.add(model(config));
            blocks.add(parameters(ParameterCounts.of(config)));
        });
        for (StageRun run : stages) {
            List<Fact> options = run.options().propertyStream().sorted(Map.Entry.comparingByKey())
                    .map(option -> new Fact(names.apply(new Setting(option.getKey())), option.getValue().asString(""))).toList();
            if (!options.isEmpty()) {
                blocks.add(new Block.Facts(run.stage().title() + ": options", options));
            }
            List<Fact> followed = new ArrayList<>();
            run.plan().ifPresent(plan -> followed.addAll(followed(plan)));
            followed.addAll(data(run.meta().path("state").path("loader")));
            if (!followed.isEmpty()) {
                blocks.add(new Block.Facts(run.stage().title() + ": what followed", followed));
            }
        }
        return new Document.Section("Configuration", blocks);
    }

    private static Block model(GptConfig config) {
        return new Block.Facts("Model", List.of(new Fact("Layers", Words.whole(config.layers())),
                new Fact("Width", Words.whole(config.embedding())),
                new Fact("Heads", config.heads() + " of " + config.headSize() + (config.kvHeads() == config.heads()
                        ? ""
                        : ", " + config.kvHeads() + " for keys and values")),
                new Fact("Context", Words.whole(config.sequenceLength()) + " tokens"),
                new Fact("Vocabulary", Words.whole(config.vocabularySize())),
                new Fact("Attention windows", config.windowPattern()),
                new Fact("Floating-point operations a token", Progress.count(Flops.perToken(config)) + ", forward and backward")));
    }

    private static Block parameters(ParameterCounts counts) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("Token embedding", counts.wte());
        parts.put("Value embeddings", counts.valueEmbeds());
        parts.put("Matrices of the blocks", counts.transformerMatrices());
        parts.put("Unembedding", counts.lmHead());
        parts.put("Scalars", counts.scalars());
        List<List<String>> rows = new ArrayList<>();
        parts.forEach((name, count) -> rows.add(List.of(name, Words.whole(count), Words.percent((double) count / counts.total()))));
        rows.add(List.of("All", Words.whole(counts.total()), Words.percent(1)));
        return new Block.Table("Parameters", List.of("", "numbers", "share"), rows);
    }

    private static List<Fact> followed(RunPlan plan) {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("Steps", Words.whole(plan.iterations())));
        switch (plan) {
            case PretrainingPlan pretraining -> {
                if (!plan.objective().equals(ObjectiveChoice.nextToken())) {
                    facts.add(new Fact("Objective", plan.objective().title()));
                }
                if (plan.objective().recurrence() > 0) {
                    facts.add(new Fact("Memory", plan.objective().recurrence() + " tokens of the row before"));
                }
                facts.add(batch(plan, pretraining.microSteps(), pretraining.layout().rows()));
                double tokens = (double) plan.totalBatch() * plan.iterations();
                facts.add(new Fact("Tokens for each scaling parameter",
                        Words.significant(tokens / ParameterCounts.of(plan.config()).scaling())));
                facts.add(new Fact("Floating-point operations in all", Words.significant(tokens * plan.flopsPerToken())));
                facts.addAll(optimizer(pretraining.settings()));
                var schedule = pretraining.schedule();
                facts.add(new Fact("Schedule", schedule.warmupSteps() + " steps of warm-up; over the last " + Words.percent(schedule
                        .warmdownRatio()) + " down to " + Words.percent(schedule.finalLearningRateFraction())));
                facts.add(new Fact("Products in", pretraining.compute().toString()));
                facts.add(new Fact("Packing", pretraining.layout().packing().toString()));
                facts.add(new Fact("Seed", Long.toString(pretraining.seed())));
            }
            case FinetuningPlan finetuning -> {
                facts.add(new Fact("From the base model's step", Words.whole(finetuning.baseStep())));
                facts.add(batch(plan, finetuning.microSteps(), finetuning.rows()));
                facts.addAll(optimizer(finetuning.settings()));
                var schedule = finetuning.schedule();
                facts.add(new Fact("Schedule", "from " + Words.percent(schedule.initialFraction()) + "; over the last " + Words.percent(
                        schedule.warmdownRatio()) + " down to 0"));
                facts.add(new Fact("Products in", finetuning.compute().toString()));
            }
            case PreferencePlan preferences -> {
                facts.add(new Fact("From the step of " + preferences.startStage().title().toLowerCase(Locale.ROOT), Words.whole(preferences
                        .startStep())));
                facts.add(new Fact("Pairs of a step", Words.whole(preferences.pairsPerStep())));
                facts.add(new Fact("Loss", preferences.lossInWords()));
                facts.addAll(optimizer(preferences.settings()));
                facts.add(new Fact("Schedule", "from " + Words.percent(preferences.schedule().initialFraction()) + " down to 0"));
                facts.add(new Fact("Products in", preferences.compute().toString()));
                facts.add(new Fact("Seed", Long.toString(preferences.seed())));
            }
            case ReinforcementPlan reinforcement -> {
                var rollouts = reinforcement.rollouts();
                facts.add(new Fact("From the chat model's step", Words.whole(reinforcement.startStep())));
                facts.add(new Fact("Answers of a step", Words.whole(rollouts.problems()) + " problems × " + Words.whole(rollouts.samples())
                        + ", of at most " + Words.whole(rollouts.maximumTokens()) + " tokens"));
                facts.add(new Fact("Policy", String.join(", ", reinforcement.policyInWords())));
                facts.addAll(optimizer(reinforcement.settings()));
                facts.add(new Fact("Schedule", "from " + Words.percent(reinforcement.schedule().initialFraction()) + " down to 0"));
                facts.add(new Fact("Products in", reinforcement.compute().toString()));
                facts.add(new Fact("Seed", Long.toString(rollouts.seed())));
            }
        }
        return facts;
    }

    private static Fact batch(RunPlan plan, int microSteps, int rows) {
        return new Fact("Tokens of a step", Words.whole(plan.totalBatch()) + " = " + microSteps + " × " + rows + " × "
                + plan.config().sequenceLength());
    }

    private static List<Fact> optimizer(OptimizerSettings settings) {
        return List.of(new Fact("Embedding learning rate", Words.significant(settings.embeddingLr())),
                new Fact("Unembedding learning rate", Words.significant(settings.unembeddingLr())),
                new Fact("Matrix learning rate", Words.significant(settings.matrixLr())),
                new Fact("Scalar learning rate", Words.significant(settings.scalarLr())),
                new Fact("Weight decay", Words.significant(settings.weightDecay())));
    }

    /// What the state of the loader in a checkpoint tells of the data.
    private static List<Fact> data(JsonNode loader) {
        List<Fact> facts = new ArrayList<>();
        loader.optional("source").ifPresent(source -> facts.add(new Fact("Data", source.asString(""))));
        double packed = loader.path("packed_tokens").asDouble(0);
        double cropped = loader.path("cropped_tokens").asDouble(0);
        if (packed > 0) {
            facts.add(new Fact("Tokens cropped", Words.percent(cropped / (packed + cropped)) + " of those read"));
        }
        return facts;
    }

    /// The machines and versions of all starts; those of the same are told once.
    static Document.Section machine(List<StageRun> stages) {
        Map<List<Fact>, List<String>> starts = new LinkedHashMap<>();
        for (StageRun run : stages) {
            for (RunLog.Start start : run.log().starts()) {
                starts.computeIfAbsent(facts(start), _ -> new ArrayList<>())
                        .add(run.stage().title() + (start.step() > 0 ? " from step " + Words.whole(start.step()) : ""));
            }
        }
        List<Block> blocks = new ArrayList<>();
        starts.forEach((facts, runs) -> blocks.add(new Block.Facts(runs.stream().distinct().collect(Collectors.joining(", ")), facts)));
        if (blocks.isEmpty()) {
            blocks.add(new Block.Paragraph("The metrics do not say on which machine it was trained."));
        }
        return new Document.Section("Machine", blocks);
    }

    private static List<Fact> facts(RunLog.Start start) {
        List<Fact> facts = new ArrayList<>();
        start.machine().ifPresent(machine -> facts.addAll(facts(machine)));
        start.backend().ifPresent(backend -> facts.add(new Fact("Computing", backend)));
        start.version().ifPresent(version -> facts.add(new Fact("nanochat4j", version.contains("-dirty")
                ? version.replace("-dirty", "") + ", with changes that were not committed"
                : version)));
        return facts;
    }

    private static List<Fact> facts(Machine machine) {
        return List.of(new Fact("Processor", machine.processor()), new Fact("Cores", Words.whole(machine.cores())),
                new Fact("Memory", machine.memoryBytes() > 0 ? Words.gigabytes(machine.memoryBytes()) : "unknown"),
                new Fact("Multiplies bfloat16 itself", machine.bf16Products() ? "yes" : "no"),
                new Fact("System", machine.system()), new Fact("Java", machine.java()));
    }
}
