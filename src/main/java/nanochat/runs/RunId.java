package nanochat.runs;

import java.nio.file.Path;
import nanochat.checkpoint.ModelStage;
import nanochat.train.MetricsLog;

/// Which run.
///
/// @param tag the name of its model
/// @param folder where it is
record RunId(ModelStage stage, String tag, Path folder) {
    /// By which it is asked for, such as `base/d4`; it never becomes a path.
    String name() {
        return switch (stage) {
            case BASE -> "base/";
            case SFT -> "sft/";
            case RL -> "rl/";
            case DPO -> "dpo/";
            case ADAPTER -> "adapter/";
        } + tag;
    }

    Path metrics() {
        return folder.resolve(MetricsLog.FILE_NAME);
    }
}
