package nanochat.train;

import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// The settings of runs that messages name.
final class RunSettings {
    static final Setting OBJECTIVE = new Setting("objective");
    static final Setting ITERATIONS = new Setting("num_iterations");
    static final Setting TARGET_FLOPS = new Setting("target_flops");
    static final Setting TOKENS_PER_PARAMETER = new Setting("target_param_data_ratio");
    static final Setting ROWS = new Setting("device_batch_size");
    static final Setting TOTAL_BATCH = new Setting("total_batch_size");
    static final Setting SEQUENCE_LENGTH = new Setting("max_seq_len");
    static final Setting EVALUATION_TOKENS = new Setting("eval_tokens");
    static final Setting RESUME_FROM_STEP = new Setting("resume_from_step");
    static final Setting WARMUP_STEPS = new Setting("warmup_steps");
    static final Setting EPOCHS = new Setting("num_epochs");
    static final Setting EXAMPLES_PER_STEP = new Setting("examples_per_step");
    static final Setting SAMPLES = new Setting("num_samples");
    static final Setting MAXIMUM_TOKENS = new Setting("max_new_tokens");
    static final Setting TEMPERATURE = new Setting("temperature");
    static final Setting TOP_K = new Setting("top_k");
    static final Setting EVALUATION_EXAMPLES = new Setting("eval_examples");
    static final Setting EVALUATION_SAMPLES = new Setting("eval_samples");
    static final Setting CLIP_LOW = new Setting("clip_low");
    static final Setting CLIP_HIGH = new Setting("clip_high");
    static final Setting UPDATES_PER_STEP = new Setting("updates_per_step");
    static final Setting KL_COEFFICIENT = new Setting("kl_coef");
    static final Setting RESAMPLINGS = new Setting("resample_groups");
    static final Setting LENGTH_PENALTY = new Setting("length_penalty");
    static final Setting PAIRS_PER_STEP = new Setting("pairs_per_step");
    static final Setting INITIAL_LEARNING_RATE_FRACTION = new Setting("init_lr_frac");

    static final Setting TUNE_LEARNING_RATE = new Setting("tune_lr");

    private RunSettings() {
    }

    /// @throws BadInputException when `value` is below `least`
    static void atLeast(long least, long value, Setting setting) {
        if (value < least) {
            throw BadInputException.about("%s must be at least %d, is %d", setting, least, value);
        }
    }
}
