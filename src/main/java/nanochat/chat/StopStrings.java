package nanochat.chat;

import java.util.List;

/// Watches a text for strings that end it, across the pieces in which it comes. What may be the beginning of one of them is held back until it is
/// known. For one thread.
public final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    public StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /// Takes more of the text and returns what of it is certain to stand before any stop string; nothing after one was found.
    public String accept(String chunk) {
        if (stopped) {
            return "";
        }
        held.append(chunk);
        int end = earliestStop();
        if (end >= 0) {
            stopped = true;
            return take(end);
        }
        return take(held.length() - longestBeginning());
    }

    /// What is held back, when no more text comes, or something else comes in between.
    public String flush() {
        return stopped ? "" : take(held.length());
    }

    /// Whether a stop string was found.
    public boolean stopped() {
        return stopped;
    }

    private String take(int length) {
        String taken = held.substring(0, length);
        held.delete(0, length);
        return taken;
    }

    private int earliestStop() {
        return stops.stream().mapToInt(held::indexOf).filter(place -> place >= 0).min().orElse(-1);
    }

    /// The length of the longest end of what is held that a stop string begins with.
    private int longestBeginning() {
        for (int length = Math.min(held.length(), longest() - 1); length > 0; length--) {
            String end = held.substring(held.length() - length);
            if (stops.stream().anyMatch(stop -> stop.startsWith(end))) {
                return length;
            }
        }
        return 0;
    }

    private int longest() {
        return stops.stream().mapToInt(String::length).max().orElse(1);
    }
}
