package nanochat.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.engine.InferenceGpt.Stretch;
import nanochat.engine.KvCache;
import nanochat.engine.Sequence;

/// The beginnings that sequences of tokens have in common: a node is a run of tokens that all sequences below it share, a leaf the rest of one
/// sequence. So every shared token is computed once, whatever the order and the number of the sequences.
final class PrefixTree {
    /// Shorter common runs are computed for each sequence: branching off costs a copy of part of the keys and values.
    static final int SHORTEST_RUN = 16;

    private final int[][] sequences;
    private final int[] firstLogits;
    private final int[] order;

    private PrefixTree(int[][] sequences, int[] firstLogits) {
        this.sequences = sequences;
        this.firstLogits = firstLogits;
        // In lexical order, those with a common beginning are neighbours.
        this.order = IntStream.range(0, sequences.length).filter(i -> sequences[i].length > 0).boxed()
                .sorted(Comparator.comparing(i -> sequences[i], Arrays::compare)).mapToInt(i -> i).toArray();
    }

    /// @param firstLogits of each sequence: index of the first token after which logits are wanted; it is not shared with other sequences, nor are those
    ///     after it
    /// @return nodes without a beginning in common; sequences without tokens have none
    static List<Node> roots(int[][] sequences, int[] firstLogits) {
        PrefixTree tree = new PrefixTree(sequences, firstLogits);
        return tree.nodes(Optional.empty(), 0, tree.order.length, 0);
    }

    /// The nodes for the sequences `first` to before `end` in order, from token `depth` on, up to which they agree.
    private List<Node> nodes(Optional<Node> parent, int first, int end, int depth) {
        List<Node> nodes = new ArrayList<>();
        int start = first;
        while (start < end) {
            int shared = sharable(start);
            int next = start + 1;
            while (next < end) {
                int more = Math.min(shared, common(start, next));
                if (more < depth + SHORTEST_RUN) {
                    break;
                }
                shared = more;
                next++;
            }
            if (next == start + 1) {
                nodes.add(new Node(parent, order[start], depth, sequences[order[start]].length));
            } else {
                Node node = new Node(parent, order[start], depth, shared);
                node.children.addAll(nodes(Optional.of(node), start, next, shared));
                nodes.add(node);
            }
            start = next;
        }
        return nodes;
    }

    private int sharable(int place) {
        return firstLogits[order[place]];
    }

    /// How many tokens of two sequences agree and need no logits.
    private int common(int place, int other) {
        int[] a = sequences[order[place]];
        int[] b = sequences[order[other]];
        int limit = Math.min(Math.min(sharable(place), sharable(other)), Math.min(a.length, b.length));
        int mismatch = Arrays.mismatch(a, 0, limit, b, 0, limit);
        return mismatch < 0 ? limit : mismatch;
    }

    /// Tokens `done` to before `end` of a sequence, after those of the parent.
    final class Node {
        private final Optional<Node> parent;
        private final int sequence;
        private final int end;
        private final List<Node> children = new ArrayList<>();
        private Optional<Sequence> state = Optional.empty();
        private int done;
        private int waiting;

        private Node(Optional<Node> parent, int sequence, int start, int end) {
            this.parent = parent;
            this.sequence = sequence;
            this.end = end;
            this.done = start;
        }

        /// Index of the sequence whose tokens these are.
        int sequence() {
            return sequence;
        }

        /// The next tokens to compute, `room` at most, which then count as done.
        Stretch next(int room, KvCache cache) {
            if (state.isEmpty()) {
                state = Optional.of(parent.map(Node::branch).orElseGet(cache::newSequence));
            }
            int from = done;
            done = Math.min(end, from + room);
            return new Stretch(state.orElseThrow(), sequences[sequence], from, done, children.isEmpty() ? firstLogits[sequence] : end);
        }

        boolean unfinished() {
            return done < end;
        }

        /// Returns the nodes that go on from here, whose tokens can be computed now.
        List<Node> finish() {
            waiting = children.size();
            if (children.isEmpty()) {
                state.orElseThrow().release();
            }
            return children;
        }

        /// The keys and values of all tokens so far, for a child to go on from; the last one gets the original.
        private Sequence branch() {
            waiting--;
            Sequence shared = state.orElseThrow();
            return waiting == 0 ? shared : shared.fork();
        }
    }
}
