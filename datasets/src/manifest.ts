/** A file of a data set, as it is published. */
export interface DatasetFile {
  /** Its name in the cache, or in a folder that holds the data set. */
  name: string;
  /** Where it is published, relative to the data set's URL, when not under its name. */
  path?: string;
  bytes: number;
  sha256: string;
  /**
   * What size and hash are of: the content after gunzip (archives of the same content differ, where others pack them
   * again), the `file` as it is, or the `recordings` in it (their names and hashes: archives that GitHub makes may
   * change).
   */
  of?: 'content' | 'file' | 'recordings';
}

export interface DatasetManifest {
  name: string;
  title: string;
  /** How its files are read (load.ts). */
  format: 'mnist' | 'cifar10' | 'cifar10-jpeg' | 'speech-commands' | 'spoken-digits';
  /** Folder that the file names are relative to; null when it is nowhere to be downloaded. */
  url: string | null;
  licence: string;
  /** Debian package that carries the same files, and the folder inside it. */
  debian?: { package: string; folder: string };
  files: Record<string, DatasetFile>;
  classNames: string[];
}

const cifarClasses = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** The known data sets. */
export const manifests: DatasetManifest[] = [
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST (Zalando Research): 70,000 grey images of 28×28, 10 classes',
    format: 'mnist',
    url: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    licence: 'MIT',
    debian: { package: 'dataset-fashion-mnist', folder: 'usr/share/datasets/fashion-mnist' },
    files: {
      trainImages: {
        name: 'train-images-idx3-ubyte.gz',
        bytes: 47040016,
        sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      },
      trainLabels: {
        name: 'train-labels-idx1-ubyte.gz',
        bytes: 60008,
        sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      },
      testImages: {
        name: 't10k-images-idx3-ubyte.gz',
        bytes: 7840016,
        sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      },
      testLabels: {
        name: 't10k-labels-idx1-ubyte.gz',
        bytes: 10008,
        sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      },
    },
    classNames: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
  },
  {
    name: 'cifar10',
    title: 'CIFAR-10 (Krizhevsky, 2009): 60,000 colour images of 32×32, 10 classes',
    format: 'cifar10',
    url: 'https://www.cs.toronto.edu/~kriz/',
    licence: 'none stated (research use)',
    files: {
      archive: {
        name: 'cifar-10-binary.tar.gz',
        bytes: 170052171,
        // The page of the data set has md5 c32a1d4ab5d03f1284b67883e8d87530; the sha256 is that of TensorFlow Datasets.
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
        of: 'file',
      },
    },
    classNames: cifarClasses,
  },
  {
    name: 'cifar10-jpeg',
    title: 'CIFAR-10 as JPEG (lossy): 20,000 training and all 10,000 test images',
    format: 'cifar10-jpeg',
    url: null,
    licence: 'none stated (research use)',
    files: {
      trainImages: {
        name: 'train20k.jpgs',
        bytes: 18422589,
        sha256: '444ec1b018d3724f1e032bb5df4271ab4a4edb866feb5747861967bd01873a68',
        of: 'file',
      },
      trainLengths: {
        name: 'train20k.len',
        bytes: 40000,
        sha256: 'c3f0cf1b69686b55a8c3f0ec36d4bf093484e7ad89244868de36faeb010ad8b7',
        of: 'file',
      },
      testImages: {
        name: 'test10k.jpgs',
        bytes: 9209662,
        sha256: 'ff06663bf9bea872b36759de020bc3648f3b2d270b2af789728c820daf2748aa',
        of: 'file',
      },
      testLengths: {
        name: 'test10k.len',
        bytes: 20000,
        sha256: '85c23380b90ce669183376f26b8b3ce0165de2be35e4309c28d11e2070a6782c',
        of: 'file',
      },
    },
    classNames: cifarClasses,
  },
  {
    name: 'speech-commands',
    title: 'Speech Commands v0.02 (Warden, 2018): 105,829 words at 16 kHz, 12 classes',
    format: 'speech-commands',
    url: 'http://download.tensorflow.org/data/',
    licence: 'CC BY 4.0',
    files: {
      archive: {
        name: 'speech_commands_v0.02.tar.gz',
        bytes: 2428923189,
        // As TensorFlow Datasets and torchaudio have it.
        sha256: 'af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58',
        of: 'file',
      },
    },
    // The order of MLPerf Tiny and TensorFlow Datasets.
    classNames: ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes', 'silence', 'unknown'],
  },
  {
    name: 'fsdd',
    title: 'Free Spoken Digit Dataset: 3,000 recordings at 8 kHz by 6 speakers',
    format: 'spoken-digits',
    url: 'https://github.com/Jakobovski/free-spoken-digit-dataset/',
    licence: 'CC BY-SA 4.0',
    files: {
      archive: {
        name: 'fsdd-recordings.tar.gz',
        path: 'archive/26eb9aaf76e81b692f806f9140c2d2777410d7a1.tar.gz',
        bytes: 21128848,
        sha256: '1801eae019c063377d98f831d3f93574f259475df7332bb0e3d1b080fb5e6959',
        of: 'recordings',
      },
    },
    classNames: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  },
];
