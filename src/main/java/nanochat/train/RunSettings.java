package nanochat.train;

import nanochat.io.Setting;

/// The settings of runs that messages name.
final class RunSettings {
    static final Setting ITERATIONS = new Setting("num_iterations");
    static final Setting TARGET_FLOPS = new Setting("target_flops");
    static final Setting TOKENS_PER_PARAMETER = new Setting("target_param_data_ratio");
    static final Setting ROWS = new Setting("device_batch_size");
    static final Setting TOTAL_BATCH = new Setting("total_batch_size");
    static final Setting SEQUENCE_LENGTH = new Setting("max_seq_len");
    static final Setting EVALUATION_TOKENS = new Setting("eval_tokens");
    static final Setting RESUME_FROM_STEP = new Setting("resume_from_step");
    static final Setting WARMUP_STEPS = new Setting("warmup_steps");
    static final Setting INITIAL_LEARNING_RATE_FRACTION = new Setting("init_lr_frac");

    private RunSettings() {
    }
}
