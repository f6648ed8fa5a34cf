package nanochat.data.corpus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What one text built by a [Grammar] has settled on: once the hero is Anna, she stays Anna to the end.
final class Scene {
    private final Draw draw;
    private final Map<Integer, List<String>> cast = new HashMap<>();
    private final long[] told;

    /// @param rules how many rules the grammar has
    Scene(Draw draw, int rules) {
        this.draw = draw;
        this.told = new long[rules];
    }

    /// Who plays `role`: drawn from `candidates` when first asked for, none of whom plays two roles.
    List<String> cast(int role, List<List<String>> candidates) {
        List<String> player = cast.get(role);
        if (player == null) {
            do {
                player = draw.of(candidates);
            } while (cast.containsValue(player));
            cast.put(role, player);
        }
        return player;
    }

    /// Draws one of the `count` lines of a rule, none a second time before all have been told.
    int drawLine(int rule, int count) {
        long all = -1L >>> (Long.SIZE - count);
        if (told[rule] == all) {
            told[rule] = 0;
        }
        int line = draw.random().nextInt(count);
        while ((told[rule] & 1L << line) != 0) {
            line = (line + 1) % count;
        }
        told[rule] |= 1L << line;
        return line;
    }
}
