package nanochat.cli;

import nanochat.io.Setting;

/// What settings are called on the command line: `--max-seq-len` is kept as `max_seq_len`.
final class OptionNames {
    private OptionNames() {
    }

    /// The option that sets it.
    static String of(Setting setting) {
        return "--" + setting.name().replace('_', '-');
    }

    /// The setting of an option.
    static Setting setting(String option) {
        return new Setting(option.replaceFirst("^--", "").replace('-', '_'));
    }
}
