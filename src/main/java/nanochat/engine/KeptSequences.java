package nanochat.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Sequences that nobody is going on with, found again by how they begin. In the order of their tokens all that have a beginning in common stand next to each
/// other, so the best one for a prompt is near the place where the prompt would stand. A radix tree would find the same; here the tree is the pages that
/// sequences share.
///
/// Those of different scopes know nothing of each other. For whoever holds the lock of the [KvCache].
final class KeptSequences {
    private final Map<String, NavigableMap<int[], Sequence>> scopes = new HashMap<>();
    private final Map<Sequence, Place> places = new HashMap<>();

    private record Place(NavigableMap<int[], Sequence> sorted, int[] tokens) {}

    /// A sequence and how many of its tokens can be gone on from.
    record Match(Sequence sequence, int length) {}

    /// Adds a sequence, unless one that is there serves for all it could.
    ///
    /// @param served told of those that it serves for, which are removed
    /// @return the sequence that is there now and serves for it, itself or another
    Sequence add(String scope, Sequence sequence, Consumer<Sequence> served) {
        int[] tokens = sequence.tokens();
        NavigableMap<int[], Sequence> sorted = scopes.computeIfAbsent(scope, _ -> new TreeMap<>(Arrays::compare));
        Entry<int[], Sequence> longer = sorted.ceilingEntry(tokens);
        if (longer != null && longer.getValue().servesFor(sequence)) {
            return longer.getValue();
        }
        Entry<int[], Sequence> shorter = sorted.floorEntry(tokens);
        // Of two with the same tokens, each of which has keys that the other has not, the newer one stays.
        while (shorter != null && (sequence.servesFor(shorter.getValue()) || Arrays.equals(shorter.getKey(), tokens))) {
            sorted.remove(shorter.getKey());
            places.remove(shorter.getValue());
            served.accept(shorter.getValue());
            shorter = sorted.floorEntry(tokens);
        }
        sorted.put(tokens, sequence);
        places.put(sequence, new Place(sorted, tokens));
        return sequence;
    }

    /// Forgets a sequence, if it is here; its pages stay as they are.
    void remove(Sequence sequence) {
        Place place = places.remove(sequence);
        if (place != null) {
            place.sorted.remove(place.tokens);
        }
    }

    /// The sequence that saves most of reading `prompt`, whose last token is always left to be read.
    Optional<Match> best(String scope, int[] prompt) {
        NavigableMap<int[], Sequence> sorted = scopes.get(scope);
        if (sorted == null) {
            return Optional.empty();
        }
        Optional<Match> after = best(sorted.tailMap(prompt, true), prompt);
        Optional<Match> before = best(sorted.headMap(prompt, false).descendingMap(), prompt);
        return after.isPresent() && (before.isEmpty() || after.get().length >= before.get().length) ? after : before;
    }

    /// Of neighbours of which each has no more in common with the prompt than the one before. The first of those that have most in common may have given
    /// back keys that others still have.
    private static Optional<Match> best(NavigableMap<int[], Sequence> neighbours, int[] prompt) {
        Optional<Match> best = Optional.empty();
        for (Sequence sequence : neighbours.values()) {
            int common = sequence.commonWith(prompt);
            if (common <= best.map(Match::length).orElse(0)) {
                break;
            }
            if (sequence.canBeCutTo(common)) {
                best = Optional.of(new Match(sequence, common));
            }
        }
        return best;
    }

    Iterable<Sequence> all() {
        return places.keySet();
    }
}
