package nanochat.data.download;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// The public pretraining sets: shards of documents on the Hugging Face Hub, in an order that is already random. The last shard is the
/// validation split, whatever number of the others is used; they lie in `<base>/base_data/<name>/`.
public enum ShardedDataset {
    /// ClimbMix (NVIDIA, 400 billion tokens), the set of today's nanochat.
    CLIMBMIX("karpathy/climbmix-400b-shuffle", 6542),
    /// FineWeb-Edu (Hugging Face, the sample of 100 billion tokens), the set of nanochat in 2025.
    FINEWEB_EDU("karpathy/fineweb-edu-100b-shuffle", 1822);

    private final String repository;
    private final int lastShard;

    ShardedDataset(String repository, int lastShard) {
        this.repository = repository;
        this.lastShard = lastShard;
    }

    /// The set that the user calls `name`.
    public static Optional<ShardedDataset> named(String name) {
        return Arrays.stream(values()).filter(dataset -> dataset.toString().equals(name)).findFirst();
    }

    private Path folderIn(BaseDirectory base) {
        return base.baseData().resolve(toString());
    }

    private static String shard(int number) {
        return String.format(Locale.ROOT, "shard_%05d.parquet", number);
    }

    /// The shards to fetch, the validation shard first: so a download that is stopped halfway can be trained on.
    ///
    /// @param trainingShards how many besides it; -1: all
    List<RemoteFile> files(int trainingShards, BaseDirectory base, Hub hub) {
        if (trainingShards < -1 || trainingShards == 0) {
            throw new BadInputException("-n must be at least 1, or -1 for all shards, not " + trainingShards);
        }
        int count = trainingShards == -1 ? lastShard : Math.min(trainingShards, lastShard);
        return IntStream.concat(IntStream.of(lastShard), IntStream.range(0, count))
                .mapToObj(number -> new RemoteFile(hub.file(repository, shard(number)), folderIn(base).resolve(shard(number)),
                        ContentCheck.PARQUET))
                .toList();
    }

    /// The folder of the downloaded shards.
    ///
    /// @throws BadInputException when the validation shard or the first of the others is missing
    public Path downloaded(BaseDirectory base) {
        Path folder = folderIn(base);
        if (!Files.exists(folder.resolve(shard(lastShard))) || !Files.exists(folder.resolve(shard(0)))) {
            throw new BadInputException("The dataset " + this + " is not in " + folder + ". Run 'nanochat data download --dataset " + this
                    + "' first.");
        }
        return folder;
    }

    /// As the user writes it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
