/** A file of a data set: its name where it is published, and its content after gunzip. */
export interface DatasetFile {
  name: string;
  bytes: number;
  sha256: string;
}

export interface DatasetManifest {
  name: string;
  title: string;
  /** Folder that the file names are relative to. */
  url: string;
  licence: string;
  /** Debian package that carries the same files, and the folder inside it. */
  debian?: { package: string; folder: string };
  files: {
    trainImages: DatasetFile;
    trainLabels: DatasetFile;
    testImages: DatasetFile;
    testLabels: DatasetFile;
  };
  classNames: string[];
}

/**
 * Known data sets. Hashes are of the unpacked idx files, because archives of the same content differ (Debian packs
 * them again).
 */
export const manifests: DatasetManifest[] = [
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST (Zalando Research): 70,000 grey images of 28×28, 10 classes of clothing',
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
];
