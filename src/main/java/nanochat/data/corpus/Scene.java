package nanochat.data.corpus;

import org.jspecify.annotations.Nullable;

/// What one text built by a [Grammar] has settled on: once the hero is Anna, she stays Anna to the end.
final class Scene {
    private final Draw draw;
    private final String @Nullable [][] cast;
    private final long[] told;

    /// @param roles how many roles the grammar knows
    /// @param rules how many rules it has
    Scene(Draw draw, int roles, int rules) {
        this.draw = draw;
        this.cast = new String[roles][];
        this.told = new long[rules];
    }

    /// Draws one of the `count` lines of a rule, none a second time before all have been told.
    int drawLine(int rule, int count) {
        long all = -1L >>> (64 - count);
        if (told[rule] == all) {
            told[rule] = 0;
        }
        int line = draw.random().nextInt(count);
        while ((told[rule] >>> line & 1) != 0) {
            line = (line + 1) % count;
        }
        told[rule] |= 1L << line;
        return line;
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
