package nanochat.explain;

import java.util.Locale;

/// In which an explanation is written.
public enum Language {
    EN, ZH;

    /// Chinese where the system speaks it, else English.
    public static Language ofSystem() {
        return Locale.getDefault().getLanguage().equals("zh") ? ZH : EN;
    }

    /// As HTML names it.
    public String tag() {
        return switch (this) {
            case EN -> "en";
            case ZH -> "zh-Hans";
        };
    }

    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
