package nanochat.runs;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// The curves of a run, or what of them has changed.
///
/// @param more whether this goes on from what was known; otherwise everything known is void
/// @param known to be sent with the next question
/// @param tracks by type of line
public record RunCurves(String name, boolean more, String known, Map<String, Track.Part> tracks) {
    static final int[] NOTHING = {0, 0};

    /// How far somebody knows the curves of a run. As text: the generation of its file, then of each track its width and its size.
    ///
    /// @param sizes of the tracks
    record Known(int generation, Map<String, int[]> sizes) {
        static final Known NONE = new Known(-1, Map.of());

        /// What is no such text knows nothing.
        static Known parse(String text) {
            if (!text.matches("\\d{1,9}(,[a-z_]{1,32}:\\d{1,9}:\\d{1,9}){0,16}")) {
                return NONE;
            }
            String[] parts = text.split(",", -1);
            Map<String, int[]> sizes = new HashMap<>();
            for (int i = 1; i < parts.length; i++) {
                String[] track = parts[i].split(":", -1);
                sizes.put(track[0], new int[]{Integer.parseInt(track[1]), Integer.parseInt(track[2])});
            }
            return new Known(Integer.parseInt(parts[0]), sizes);
        }

        @JsonIgnore
        int[] of(String type) {
            return sizes.getOrDefault(type, NOTHING);
        }

        @Override
        public String toString() {
            return generation + sizes.entrySet().stream().map(track -> "," + track.getKey() + ":" + track.getValue()[0] + ":" + track
                    .getValue()[1]).collect(Collectors.joining());
        }
    }
}
