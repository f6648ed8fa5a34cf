package nanochat.model;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// What the rows of a pass see of the rows that they go on from: keys and values of the last tokens, in every layer, without gradients (Transformer-XL,
/// arXiv 1901.02860; docs/formulas.md#recurrence). A pass leaves its own for the rows that come next, see [#keep].
///
/// A row's first token always stands at position 0, those of its memory before that: what was kept is turned back by the length of a row.
public final class RowMemory {
    private static final int NOTHING = -1;

    private final GptConfig config;
    private final Backend backend;
    private final int rows;
    private final int length;
    /// A row back.
    private final Tensor cos;
    private final Tensor sin;
    private final Tensor inverseRms;
    /// I32 [B]: the last token of every row; [#NOTHING] where there was none.
    private final Tensor last;
    /// What a pass reads, by layer, and what it leaves. Two, because a block that is computed again reads what it read before.
    private List<KeysAndValues> seen;
    private List<KeysAndValues> left;
    private boolean empty = true;

    /// Of the last tokens that a layer sees, [B * min(M, window), G*D] each.
    private record KeysAndValues(Tensor keys, Tensor values) {}

    /// An empty one.
    ///
    /// @param type of keys and values, the tape's compute type
    /// @param rows B
    /// @param length T
    /// @param tokens M, from 1 to T
    public RowMemory(GptConfig config, Backend backend, DType type, int rows, int length, int tokens) {
        if (tokens < 1 || tokens > length) {
            throw new IllegalArgumentException("a memory of " + tokens + " tokens for rows of " + length);
        }
        this.config = config;
        this.backend = backend;
        this.rows = rows;
        this.length = length;
        RotaryAngles angles = RotaryAngles.of(config, length + 1);
        cos = backend.allocate(DType.F32, 1, angles.pairs());
        sin = backend.allocate(DType.F32, 1, angles.pairs());
        float[] sines = last(angles.sin(), angles.pairs());
        for (int i = 0; i < sines.length; i++) {
            sines[i] = -sines[i];
        }
        backend.write(cos, last(angles.cos(), angles.pairs()));
        backend.write(sin, sines);
        inverseRms = backend.allocate(DType.F32, rows * tokens, config.kvHeads());
        last = backend.allocate(DType.I32, rows);
        backend.write(last, IntStream.generate(() -> NOTHING).limit(rows).toArray());
        seen = allocated(type, tokens);
        left = allocated(type, tokens);
    }

    private static float[] last(float[] table, int count) {
        return Arrays.copyOfRange(table, table.length - count, table.length);
    }

    private List<KeysAndValues> allocated(DType type, int tokens) {
        return IntStream.range(0, config.layers()).mapToObj(layer -> {
            int size = rows * Math.min(tokens, config.window(layer));
            return new KeysAndValues(backend.allocate(type, size, config.kvWidth()), backend.allocate(type, size, config.kvWidth()));
        }).toList();
    }

    /// A pass of rows that go on from those whose keys and values are kept; where there are none, of rows that begin a text.
    ///
    /// @param ids I32 [B*T]
    public Gpt.Pass pass(Tensor ids) {
        return new Gpt.Pass(ids, empty ? Optional.empty() : Optional.of(last), length, 0, length, layer -> (tape, q, k, v) -> {
            leave(layer, k, v);
            return empty ? causal(tape, layer, q, k, v) : behindMemory(tape, layer, q, k, v);
        });
    }

    private Variable causal(Tape tape, int layer, Variable q, Variable k, Variable v) {
        return tape.attention(q, k, v, shape(new Visibility.Causal(config.window(layer))));
    }

    private Variable behindMemory(Tape tape, int layer, Variable q, Variable k, Variable v) {
        KeysAndValues memory = seen.get(layer);
        int size = memory.keys.rows() / rows;
        return tape.attention(q, tape.afterMemory(memory.keys, k, rows), tape.afterMemory(memory.values, v, rows), shape(
                new Visibility.AfterMemory(size, false, config.window(layer))));
    }

    private AttentionShape shape(Visibility visibility) {
        return new AttentionShape(rows, length, config.heads(), config.kvHeads(), config.headSize(), visibility);
    }

    /// Keys are normed, which turning them does not change: they are normed again, to what they were.
    private void leave(int layer, Variable k, Variable v) {
        KeysAndValues own = left.get(layer);
        int size = own.keys.rows() / rows;
        backend.copyRows(own.keys, 0, k.value(), length - size, size, rows);
        backend.copyRows(own.values, 0, v.value(), length - size, size, rows);
        Tensor kept = new Tensor(DType.F32, inverseRms.memory().slice(0, (long) own.keys.rows() * config.kvHeads() * Float.BYTES), own.keys
                .rows(), config.kvHeads());
        backend.rotaryNorm(own.keys, kept, cos, sin, 1, config.headSize(), config.generation().queryKeyScale());
    }

    /// The rows of the last pass have been read, and played back if they are: the next ones go on from them.
    ///
    /// @param inputs of that pass, B*T
    public void keep(int[] inputs) {
        backend.write(last, IntStream.range(0, rows).map(row -> inputs[(row + 1) * length - 1]).toArray());
        List<KeysAndValues> kept = left;
        left = seen;
        seen = kept;
        empty = false;
    }

    /// The next rows begin a text.
    public void forget() {
        empty = true;
    }

    /// What it holds, by name.
    public SequencedMap<String, Tensor> state() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        state.put(ParameterNames.MEMORY + "last_tokens", last);
        for (int layer = 0; layer < seen.size(); layer++) {
            state.put(ParameterNames.MEMORY + layer + ".keys", seen.get(layer).keys);
            state.put(ParameterNames.MEMORY + layer + ".values", seen.get(layer).values);
        }
        return state;
    }

    /// Another content has been read into the tensors of [#state()].
    public void stateRead() {
        int[] tokens = new int[rows];
        backend.copyOut(last, MemorySegment.ofArray(tokens));
        empty = tokens[0] == NOTHING;
    }
}
