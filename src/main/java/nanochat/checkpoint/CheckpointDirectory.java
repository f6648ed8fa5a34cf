package nanochat.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Sha256;
import nanochat.tokenizer.Tokenizer;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The checkpoints of one model, such as `base_checkpoints/d4`: at each step three files,
///
///     model_000200.safetensors    the parameters
///     optim_000200.safetensors    the optimizer's state; absent where training will not go on
///     meta_000200.json            configuration and state of the run, written last
///
/// A checkpoint exists when its meta file does, so it is whole or not there.
///
/// @param folder need not exist before the first [#save]
public record CheckpointDirectory(Path folder) {
    private static final Pattern META = Pattern.compile("meta_(\\d{6,9})\\.json");
    private static final Pattern DEPTH_TAG = Pattern.compile("d(\\d{1,9})");

    /// Which name goes before which where nobody said one, the last one first: by depth, and behind all those that gave way to others.
    public static final Comparator<String> BY_PRECEDENCE = Comparator.comparing((String tag) -> !Aside.isName(tag))
            .thenComparingInt(CheckpointDirectory::depth);

    /// The folder of the model called `tag` (for example `d4`) among `models` (for example `base_checkpoints`); it need not exist.
    ///
    /// @throws BadInputException when `tag` is not a plain name
    public static CheckpointDirectory of(Path models, String tag) {
        if (!tag.matches("[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*")) {
            throw new BadInputException("'" + tag + "' cannot be the tag of a model: use letters, digits, '.', '_' and '-'");
        }
        return new CheckpointDirectory(models.resolve(tag));
    }

    /// The model called `tag`, which must have a checkpoint.
    ///
    /// @throws BadInputException when it has none; the message lists the tags that do
    public static CheckpointDirectory find(Path models, String tag) {
        CheckpointDirectory found = of(models, tag);
        if (found.steps().isEmpty()) {
            List<String> known = all(models).stream().map(CheckpointDirectory::tag).sorted().toList();
            throw new BadInputException("There is no checkpoint of a model '" + tag + "' in " + models
                    + (known.isEmpty() ? ", nor of any other" : "; there are: " + String.join(", ", known)));
        }
        return found;
    }

    /// The largest model that has a checkpoint: of those named by depth (`d12`) the deepest, otherwise the one saved last. One that gave way
    /// to another, such as `d12.previous`, only where there is no other.
    ///
    /// @throws BadInputException when there is none
    public static CheckpointDirectory findLargest(Path models) {
        return all(models).stream()
                .max(Comparator.comparing(CheckpointDirectory::tag, BY_PRECEDENCE).thenComparingLong(CheckpointDirectory::lastSaved))
                .orElseThrow(() -> new BadInputException("There is no checkpoint in " + models + "; train a model first"));
    }

    /// All models in a folder that have a checkpoint; none where it does not exist.
    public static List<CheckpointDirectory> all(Path models) {
        return list(models).stream().filter(Files::isDirectory).map(CheckpointDirectory::new).filter(model -> !model.steps().isEmpty())
                .toList();
    }

    /// The model's name.
    public String tag() {
        return folder.getFileName().toString();
    }

    /// The depth in a model's name; -1 where that is not `d` and a number.
    public static int depth(String tag) {
        Matcher depth = DEPTH_TAG.matcher(tag);
        return depth.matches() ? Integer.parseInt(depth.group(1)) : -1;
    }

    private long lastSaved() {
        try {
            return Files.getLastModifiedTime(metaFile(lastStep())).toMillis();
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + metaFile(lastStep()) + ": " + e.getMessage(), e);
        }
    }

    /// The steps of all checkpoints, ascending; none where the folder does not exist.
    public List<Integer> steps() {
        return list(folder).stream().map(file -> META.matcher(file.getFileName().toString())).filter(Matcher::matches)
                .map(name -> Integer.parseInt(name.group(1))).sorted().toList();
    }

    /// The step of the newest checkpoint.
    ///
    /// @throws BadInputException when there is none
    public int lastStep() {
        return newestStep().orElseThrow(() -> new BadInputException("There is no checkpoint in " + folder));
    }

    /// The step of the newest checkpoint; empty where there is none.
    public Optional<Integer> newestStep() {
        return steps().reversed().stream().findFirst();
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (IOException e) {
            throw new BadInputException("Cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    /// Saves a checkpoint; one of the same step is replaced. When the disk is full, nothing has changed.
    ///
    /// @param model the parameters
    /// @param optimizer the optimizer's state; where it is empty, no file is written for it
    /// @param meta what becomes JSON: a record, a map, or a tree
    /// @throws BadInputException when a file cannot be written
    public void save(int step, List<StoredTensor> model, List<StoredTensor> optimizer, Object meta) {
        Path newModel = beside(modelFile(step));
        Path newOptimizer = beside(optimizerFile(step));
        Path newMeta = beside(metaFile(step));
        try {
            SafeTensors.write(newModel, model, Map.of());
            if (!optimizer.isEmpty()) {
                SafeTensors.write(newOptimizer, optimizer, Map.of());
            }
            Json.write(newMeta, meta);
            // Without its meta file the old checkpoint is gone, so that nobody reads half of it and half of the new one.
            Files.deleteIfExists(metaFile(step));
            Files.move(newModel, modelFile(step), StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(optimizerFile(step));
            if (!optimizer.isEmpty()) {
                Files.move(newOptimizer, optimizerFile(step), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(newMeta, metaFile(step), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BadInputException("Cannot save the checkpoint of step " + step + " in " + folder + ": " + e.getMessage(), e);
        } finally {
            List.of(newModel, newOptimizer, newMeta).forEach(leftover -> leftover.toFile().delete());
        }
    }

    /// Where a run keeps how it was on its way, to be looked at later: models alone, in BF16, which no run goes on from and no command takes by
    /// itself. Need not exist.
    public CheckpointDirectory snapshots() {
        return new CheckpointDirectory(folder.resolve("snapshots"));
    }

    /// Opens the parameters.
    ///
    /// @throws BadInputException when there is no checkpoint of this step, or its file is missing or unsound
    public SafeTensors openModel(int step) {
        return SafeTensors.open(require(step, modelFile(step), "it cannot be used"));
    }

    /// Opens the optimizer's state.
    ///
    /// @throws BadInputException when there is no checkpoint of this step, or its file is missing or unsound
    public SafeTensors openOptimizer(int step) {
        return SafeTensors.open(require(step, optimizerFile(step), "training cannot go on from it"));
    }

    /// Whether the checkpoint of this step has the optimizer's state, so that training can go on from it.
    public boolean hasOptimizer(int step) {
        return Files.exists(optimizerFile(step));
    }

    /// Reads configuration and state of the run.
    ///
    /// @throws BadInputException when there is no checkpoint of this step, or its meta file does not fit `type`
    public <T> T readMeta(int step, Class<T> type) {
        return Json.read(require(step, metaFile(step), "it cannot be used"), type);
    }

    /// Reads configuration and state of the run, of a type with type parameters.
    ///
    /// @throws BadInputException when there is no checkpoint of this step, or its meta file does not fit `type`
    public <T> T readMeta(int step, TypeReference<T> type) {
        return Json.read(require(step, metaFile(step), "it cannot be used"), type);
    }

    /// Writes configuration and state of the run again, beside parameters that stay as they are.
    ///
    /// @throws BadInputException when there is no checkpoint of this step, or the file cannot be written; nothing has changed then
    public void saveMeta(int step, Object meta) {
        Json.write(require(step, metaFile(step), "it cannot be used"), meta);
    }

    /// By what the weights of this step are known, in hexadecimal: the SHA-256 of their file. Reads it once.
    ///
    /// @throws BadInputException when there is no such checkpoint, or its file cannot be read
    public String fingerprint(int step) {
        Path file = require(step, modelFile(step), "it cannot be used");
        MessageDigest digest = Sha256.begin();
        try (InputStream content = Files.newInputStream(file)) {
            byte[] chunk = new byte[1 << 20];
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                digest.update(chunk, 0, read);
            }
            return Sha256.hex(digest);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// Whether this is the model of that name, or one that gave way to another of that name.
    boolean isOrWas(String tag) {
        return tag().equals(tag) || tag().startsWith(tag) && Aside.isName(tag());
    }

    /// What tells the checkpoint of this step from one that another run puts in its place; for [#checkIdentity].
    ///
    /// @throws BadInputException when there is none
    public String identity(int step) {
        Path file = require(step, metaFile(step), "it cannot be used");
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// Checks that the checkpoint of this step is still the one it was; its own run may have validated it meanwhile.
    ///
    /// @param identity as it was
    /// @param consequence what follows where it is not
    /// @throws BadInputException where it is gone, or another one
    public void checkIdentity(int step, String identity, String consequence) {
        if (Files.exists(metaFile(step))) {
            String now = identity(step);
            if (now.equals(identity) || withoutValidation(now).equals(withoutValidation(identity))) {
                return;
            }
        }
        throw new BadInputException("Another run has replaced the checkpoint of step " + step + " in " + folder + " in the meantime: "
                + consequence);
    }

    private static JsonNode withoutValidation(String meta) {
        JsonNode all = Json.LINE.readTree(meta);
        if (all instanceof ObjectNode fields) {
            fields.remove("val_bpb");
        }
        if (all.path("state") instanceof ObjectNode state) {
            state.remove(List.of("bits_per_byte", "best_bits_per_byte", "held_out"));
        }
        return all;
    }

    /// Keeps what the folder holds, if there is a checkpoint, under its name with `.previous` after it; what was kept there before is deleted.
    ///
    /// @return where it is now
    /// @throws BadInputException when it cannot be moved, or another run is writing to either folder
    public Optional<CheckpointDirectory> moveAside() {
        return Aside.whole(this);
    }

    /// Keeps all checkpoints after `step`, if there are any, with what was measured of them under the folder's name with `.after-000200` after
    /// it. What belongs to all steps, the tokenizer and the metrics, is copied.
    ///
    /// @return where they are now
    /// @throws BadInputException when they cannot be moved, or another run is writing to the folder
    public Optional<CheckpointDirectory> moveLaterAside(int step) {
        return Aside.after(this, step);
    }

    /// The files that make a model of the checkpoint of this step, its tokenizer included.
    public List<Path> modelFiles(int step) {
        return List.of(metaFile(step), modelFile(step), folder.resolve(Tokenizer.FILE_NAME));
    }

    /// Where an engine keeps what it made of those files, to begin sooner the next time; need not exist.
    ///
    /// @param kind tells those of one checkpoint apart
    public Path engineFile(int step, String kind) {
        return folder.resolve(name("engine", step) + "." + kind);
    }

    private Path require(int step, Path file, String consequence) {
        if (!Files.exists(metaFile(step))) {
            List<Integer> steps = steps();
            throw new BadInputException("There is no checkpoint of step " + step + " in " + folder
                    + (steps.isEmpty() ? "" : "; there are: " + steps.stream().map(String::valueOf).collect(Collectors.joining(", "))));
        }
        if (!Files.exists(file)) {
            throw new BadInputException("The checkpoint of step " + step + " in " + folder + " lacks " + file.getFileName() + "; "
                    + consequence);
        }
        return file;
    }

    private Path modelFile(int step) {
        return folder.resolve(name("model", step) + ".safetensors");
    }

    private Path optimizerFile(int step) {
        return folder.resolve(name("optim", step) + ".safetensors");
    }

    private Path metaFile(int step) {
        return folder.resolve(name("meta", step) + ".json");
    }

    private static String name(String kind, int step) {
        return String.format(Locale.ROOT, "%s_%06d", kind, step);
    }

    private static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }
}
