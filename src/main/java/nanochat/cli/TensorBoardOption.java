package nanochat.cli;

import nanochat.checkpoint.CheckpointDirectory;
import nanochat.train.RunListener;
import nanochat.train.TensorBoardLog;
import picocli.CommandLine.Option;

/// `--tensorboard`, the same for every command that trains. It can take a value, so that a resumed run does as the checkpoint says, or
/// otherwise: `--tensorboard=false`.
final class TensorBoardOption {
    @Option(names = "--tensorboard", arity = "0..1", defaultValue = "false", fallbackValue = "true", paramLabel = "BOOL", description = "Write event files for TensorBoard beside the run's metrics.")
    private boolean tensorBoard;

    /// Who hears of a run: the listener, and TensorBoard where it was asked for.
    RunListener beside(RunListener listener, CheckpointDirectory run) {
        return tensorBoard ? listener.and(new TensorBoardLog(run.folder())) : listener;
    }
}
