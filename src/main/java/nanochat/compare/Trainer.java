package nanochat.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.data.DocumentSource;
import nanochat.data.LoaderState;
import nanochat.io.BadInputException;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.MetricsLog;
import nanochat.train.Pretraining;
import nanochat.train.PretrainingPlan;
import nanochat.train.RunEvent;
import nanochat.train.RunListener;
import nanochat.train.RunState;
import nanochat.train.StopSignal;

/// Takes trainings to their end: from the beginning, or from where they were interrupted.
///
/// @param folder where each has a folder of its own
/// @param threads that compute
/// @param work counts FLOPs
/// @param listener hears of every training
record Trainer(Path folder, DocumentSource source, Tokenizer tokenizer, Conditions conditions, int threads, Work work,
        RunListener listener, StopSignal stop) {
    private static final String OPTIMIZER = "optim_";

    /// Thrown where a comparison was asked to stop; what was under way is saved.
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super("asked to stop", null, false, false);
        }
    }

    PretrainingPlan plan(Trial trial) {
        return conditions.plan(trial, tokenizer.vocabularySize());
    }

    /// FLOPs that a training spends.
    long flops(Trial trial) {
        PretrainingPlan plan = plan(trial);
        return flopsPerStep(plan) * plan.iterations();
    }

    private static long flopsPerStep(PretrainingPlan plan) {
        return plan.flopsPerToken() * plan.totalBatch();
    }

    CheckpointDirectory checkpoints(Trial trial) {
        return CheckpointDirectory.of(folder, trial.key());
    }

    /// Trains to the end.
    ///
    /// @throws Stopped where it was asked to stop before
    Outcome train(Trial trial) {
        PretrainingPlan plan = plan(trial);
        CheckpointDirectory checkpoints = checkpoints(trial);
        Set<Integer> snapshots = trial.purpose() == Trial.Purpose.RUN ? Conditions.snapshots(plan) : Set.of();
        Pretraining.Setup setup = new Pretraining.Setup(plan, source, tokenizer, checkpoints, Map.of(), Optional.empty(), snapshots);
        Optional<Integer> from = checkpoints.newestStep();
        from.ifPresent(step -> work.skip(flopsPerStep(plan) * step));
        RunListener counting = event -> {
            if (event instanceof RunEvent.Stepped stepped) {
                work.advance(flopsPerStep(plan), String.format(Locale.ROOT, "%s: step %d of %d, loss %.3f", trial.title(), stepped
                        .step() + 1, plan.iterations(), stepped.smoothLoss()));
            }
        };
        RunListener both = counting.and(listener);
        try (Backend backend = Backends.open(Device.CPU, threads, conditions.compute());
                Pretraining pretraining = from.isPresent()
                        ? Pretraining.resume(setup, from.get(), backend, both, stop)
                        : begin(trial, setup, backend, both)) {
            RunState<LoaderState> state = pretraining.run();
            if (state.step() < plan.iterations() || stop.isRequested()) {
                throw new Stopped();
            }
        }
        return Outcome.read(checkpoints.folder().resolve(MetricsLog.FILE_NAME), plan, trial.rate());
    }

    /// Deletes what nobody needs of a training whose outcome is kept: of one that tried a learning rate everything, of others all but the finished model,
    /// its snapshots and metrics.
    void tidy(Trial trial) {
        Path trained = checkpoints(trial).folder();
        if (!Files.isDirectory(trained)) {
            return;
        }
        switch (trial.purpose()) {
            case SWEEP -> delete(files(trained), Files::isRegularFile);
            case RUN, CONTINUED -> {
                String last = String.format(Locale.ROOT, "%06d.", plan(trial).iterations());
                delete(files(trained), file -> isOfCheckpoint(file) && !file.getFileName().toString().contains(last) || file.getFileName()
                        .toString().startsWith(OPTIMIZER));
            }
        }
    }

    private Pretraining begin(Trial trial, Pretraining.Setup setup, Backend backend, RunListener both) {
        return switch (trial.purpose()) {
            case SWEEP, RUN -> Pretraining.start(setup, backend, both, stop);
            case CONTINUED -> Pretraining.startFrom(checkpoints(trial.origin()), plan(trial.origin()).iterations(), setup, backend, both,
                    stop);
        };
    }

    private static boolean isOfCheckpoint(Path file) {
        return file.getFileName().toString().matches("(model|optim|meta)_\\d+\\..*");
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        } catch (IOException e) {
            throw new BadInputException("Cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void delete(List<Path> files, Predicate<Path> chosen) {
        for (Path file : files.stream().filter(chosen).toList()) {
            try {
                Files.delete(file);
            } catch (IOException e) {
                throw new BadInputException("Cannot delete " + file + ": " + e.getMessage(), e);
            }
        }
    }
}
