package nanochat.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.GitLfsPointer;

/// A safetensors file, open for reading: eight bytes with the length of the header (little-endian), the header (JSON: name to type, shape
/// and place), the tensors' bytes without a gap. The file is mapped, not read: opening costs nothing however large it is, and each
/// tensor's data is a view of the file until [#close()].
///
/// The header is checked whole when the file is opened, so a file that opened has every tensor it names, of the size it says.
public final class SafeTensors implements AutoCloseable {
    static final String METADATA = "__metadata__";
    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final Arena arena;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, String> metadata;

    private SafeTensors(Path file, Arena arena, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
        this.file = file;
        this.arena = arena;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.metadata = Map.copyOf(metadata);
    }

    /// Maps `file`. Its tensors may be read from any thread.
    ///
    /// @throws BadInputException when it is missing, truncated or not a sound safetensors file; the message names the file, the tensor
    ///     and what is wrong
    public static SafeTensors open(Path file) {
        GitLfsPointer.check(file);
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            SafeTensorsHeader header = SafeTensorsHeader.read(file, content);
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            for (SafeTensorsHeader.Place place : header.places()) {
                MemorySegment data = content.asSlice(header.dataStart() + place.begin(), place.end() - place.begin());
                tensors.put(place.name(), new StoredTensor(place.name(), place.type(), place.shape(), data));
            }
            return new SafeTensors(file, arena, tensors, header.metadata());
        } catch (NoSuchFileException e) {
            arena.close();
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            arena.close();
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// Writes the tensors, whole or not at all. Nothing is copied but a chunk at a time; larger elements come first in the file, so that
    /// all are aligned.
    ///
    /// @throws BadInputException when the file cannot be written; an older one is then still there
    /// @throws IllegalArgumentException when two tensors have the same name
    public static void write(Path file, List<StoredTensor> tensors, Map<String, String> metadata) {
        List<StoredTensor> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparingInt(tensor -> -tensor.type().bytes()));
        byte[] header = SafeTensorsHeader.of(ordered, metadata);
        AtomicFile.write(file, out -> {
            out.write(header);
            byte[] chunk = new byte[CHUNK];
            for (StoredTensor tensor : ordered) {
                copy(tensor.data(), chunk, out);
            }
        });
    }

    private static void copy(MemorySegment data, byte[] chunk, OutputStream out) throws IOException {
        MemorySegment buffer = MemorySegment.ofArray(chunk);
        for (long at = 0; at < data.byteSize(); at += chunk.length) {
            int length = (int) Math.min(chunk.length, data.byteSize() - at);
            MemorySegment.copy(data, at, buffer, 0, length);
            out.write(chunk, 0, length);
        }
    }

    /// The file's path.
    public Path file() {
        return file;
    }

    /// The tensors' names, in the order of the file.
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    /// Whether there is a tensor of this name.
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /// A tensor whose shape the caller does not know beforehand.
    ///
    /// @throws BadInputException when the file has none of this name
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new BadInputException(file + " has no tensor " + name + " (it has " + tensors.size() + " others)");
        }
        return tensor;
    }

    /// A tensor of the type and shape that the model needs.
    ///
    /// @throws BadInputException when the file has none of this name, or one of another type or shape
    public StoredTensor tensor(String name, ElementType type, List<Long> shape) {
        StoredTensor tensor = tensor(name);
        if (tensor.type() != type || !tensor.shape().equals(shape)) {
            throw new BadInputException(file + ": tensor " + name + " is " + tensor.type() + " " + tensor.shape() + ", expected " + type
                    + " "
                    + shape + "; the file belongs to a model of another configuration");
        }
        return tensor;
    }

    /// The file's free text, by key.
    public Map<String, String> metadata() {
        return metadata;
    }

    /// Unmaps the file; its tensors' data must not be used any more.
    @Override
    public void close() {
        arena.close();
    }
}
