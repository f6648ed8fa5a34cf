package nanochat.data.corpus;

import org.jspecify.annotations.Nullable;

/// What one text built by a [Grammar] has settled on: once the hero is Anna, she stays Anna to the end.
final class Scene {
    private final Draw draw;
    private final @Nullable String[] @Nullable [] cast;

    /// @param roles how many roles the grammar knows
    Scene(Draw draw, int roles) {
        this.draw = draw;
        this.cast = new String[roles][];
    }

    Draw draw() {
        return draw;
    }

    /// The row of words that plays `role`, or null while nobody does.
    String @Nullable [] cast(int role) {
        return cast[role];
    }

    void cast(int role, String[] row) {
        cast[role] = row;
    }
}
